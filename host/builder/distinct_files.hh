#pragma once

#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>

namespace rootlayer::builder {

/// What a build writes beside registries and descriptors; of an OCI layout its directory.
std::vector<NamedFile> writtenFiles(const BuildSpec& spec);

/// Throws Error{Usage} when two of them are one file, of which the later would replace the other in silence.
/// Devices and pipes may be named several times.
void requireDistinct(const std::vector<NamedFile>& files);

} // namespace rootlayer::builder

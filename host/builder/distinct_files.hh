#pragma once

#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>

namespace rootlayer::builder {

/// The files that a build writes, except to registries and descriptors. An OCI layout counts as its
/// directory.
std::vector<NamedFile> writtenFiles(const BuildSpec& spec);

/// Throws Error{Usage} if two of them are the same file, because the later would silently replace the
/// earlier. Devices and pipes may occur several times.
void requireDistinct(const std::vector<NamedFile>& files);

} // namespace rootlayer::builder

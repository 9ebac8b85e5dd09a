#pragma once

#include <string>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// The text of `--metadata-file` (docs/metadata.md) for a completed run or build, even if its script failed.
std::string metadataOf(const BuildSpec& spec, const BuildResult& result);

/// The same if rootlayer itself failed.
std::string metadataOf(const Error& error, int exitStatus);

} // namespace rootlayer::cli

#pragma once

#include <string>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// The text of `--metadata-file` (docs/metadata.md) for a run or build that came to an end, the script's
/// failure included.
std::string metadataOf(const BuildSpec& spec, const BuildResult& result);

/// The same for a run that rootlayer failed at.
std::string metadataOf(const Error& error, int exitStatus);

} // namespace rootlayer::cli

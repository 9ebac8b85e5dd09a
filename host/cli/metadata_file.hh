#pragma once

#include <string>

#include <rootlayer/error.hh>
#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>

namespace rootlayer::cli {

/// The text of `--metadata-file` (docs/metadata.md) for a run that came to an end, the script's failure
/// included.
std::string metadataOf(const RunSpec& spec, const RunResult& result);

/// The same for a run that rootlayer failed at.
std::string metadataOf(const Error& error, int exitStatus);

} // namespace rootlayer::cli

#pragma once

#include <optional>
#include <string>

#include <rootlayer/run_spec.hh>

namespace rootlayer::cli {

/// The script of a command line: the file of --script ("-" is standard input), or the text of -c. Without
/// either there is none. Throws Error{Usage} for both, and Error{Input} for a file that cannot be read.
ScriptSpec scriptFrom(const std::string& path, const std::optional<std::string>& commands);

} // namespace rootlayer::cli

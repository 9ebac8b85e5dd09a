#pragma once

#include <optional>
#include <string>

#include <rootlayer/run_spec.hh>

namespace rootlayer::cli {

/// The script: the file of --script ("-" is standard input), the text of -c, or none. Throws Error{Usage} if
/// both are given, and Error{Input} for a file that cannot be read.
ScriptSpec scriptFrom(const std::string& path, const std::optional<std::string>& commands);

} // namespace rootlayer::cli

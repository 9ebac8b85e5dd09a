#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rootlayer::cli {

/// Converts a JSON object (docs/build-file.md) to options: {"from": "scratch", "env": {"K": "V"}, "cmd":
/// ["a", "b"], "squash": true} becomes --from=scratch --env=K=V --cmd=["a","b"] --squash. `known` says
/// whether a name is that of an option. Throws Error{Usage} naming the file and the field.
std::vector<std::string> optionsOf(const std::string& json, const std::string& file,
                                   const std::function<bool(const std::string& name)>& known);

/// Arguments of `build` with the options from each "-f FILE" or "--file FILE" inserted after the command, so
/// that those on the command line come later, and take precedence.
std::vector<std::string> withOptionFiles(std::vector<std::string> arguments,
                                         const std::function<bool(const std::string& name)>& known);

} // namespace rootlayer::cli

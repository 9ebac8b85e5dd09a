#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rootlayer::cli {

/// A command's options as a JSON object keeps them (docs/build-file.md): {"from": "scratch", "env": {"K":
/// "V"}, "cmd": ["a", "b"], "squash": true} is --from=scratch --env=K=V --cmd=["a","b"] --squash. `known`
/// tells the names of options. Throws Error{Usage} that names the file and the field.
std::vector<std::string> optionsOf(const std::string& json, const std::string& file,
                                   const std::function<bool(const std::string& name)>& known);

/// Arguments in which each "-f FILE" or "--file FILE" behind the command `build` is followed by what the file
/// says, so that what stands on the command line comes later, and wins.
std::vector<std::string> withOptionFiles(std::vector<std::string> arguments,
                                         const std::function<bool(const std::string& name)>& known);

} // namespace rootlayer::cli

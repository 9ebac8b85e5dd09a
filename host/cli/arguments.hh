#pragma once

#include <string>
#include <vector>

namespace rootlayer::cli {

/// Cuts the first "--" and what follows it from the arguments of `run` and `build`, and returns what
/// followed: the script's own arguments, whatever they look like. Other commands keep theirs.
std::vector<std::string> takeScriptArguments(std::vector<std::string>& arguments);

/// "--name=" as the two words "--name" and "". CLI11 takes the next word as the value of an option whose own
/// is empty, whatever that word is.
std::vector<std::string> withEmptyValues(const std::vector<std::string>& arguments);

} // namespace rootlayer::cli

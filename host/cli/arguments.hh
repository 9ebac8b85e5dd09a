#pragma once

#include <string>
#include <vector>

namespace rootlayer::cli {

/// Removes the first "--" and everything after it from the arguments of `run` and `build`, and returns what
/// came after it: the script's own arguments. Other commands keep theirs.
std::vector<std::string> takeScriptArguments(std::vector<std::string>& arguments);

/// Splits "--name=" into the two words "--name" and "". Otherwise CLI11 would take the next word as the
/// value of the option.
std::vector<std::string> withEmptyValues(const std::vector<std::string>& arguments);

} // namespace rootlayer::cli

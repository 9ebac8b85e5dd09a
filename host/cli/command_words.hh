#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::cli {

/// Splits a command that is the value of one option: a JSON array of strings (`["sh","-c","x y"]`), or words
/// with a shell's quotes and backslashes, without expansions. Throws Error{Usage} naming the option.
std::vector<std::string> commandWords(const std::string& text, std::string_view option);

} // namespace rootlayer::cli

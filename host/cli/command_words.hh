#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::cli {

/// What a command line says as one option: a JSON array of strings (`["sh","-c","x y"]`), or words with a
/// shell's quotes and backslashes, in which nothing is expanded. Throws Error{Usage} naming the option.
std::vector<std::string> commandWords(const std::string& text, std::string_view option);

} // namespace rootlayer::cli

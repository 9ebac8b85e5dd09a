#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::run {

/// " at line 7: ls /nope", for the end of a sentence about a shell script; `line` is where the command ends
/// that it ran last. Empty when that is not known, or no line of the script.
std::string placeInScript(std::string_view script, std::uint64_t line);

/// What to try with a script whose text no shell can read as it was meant: UTF-16, a byte order mark, line
/// ends of Windows. Empty when there is none of them.
std::string textHint(std::string_view script);

} // namespace rootlayer::run

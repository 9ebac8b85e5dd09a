#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::run {

/// The place of a failure in a shell script, to be appended to a sentence: " at line 7: ls /nope". `line` is
/// the last line of the command that was run last. Empty if it is 0 (unknown) or not a line of the script.
std::string placeInScript(std::string_view script, std::uint64_t line);

/// A hint about a script whose encoding confuses a shell: UTF-16, a byte order mark or Windows line endings.
/// Empty if it has none of these.
std::string textHint(std::string_view script);

} // namespace rootlayer::run

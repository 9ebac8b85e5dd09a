#pragma once

#include <string>
#include <string_view>

namespace rootlayer::guest {

/// Writes a kernel setting, a file in /proc or /sys, in one write(2). On failure returns false and sets
/// errno.
bool tryWriteSetting(const std::string& path, std::string_view value);

/// The same, but throws Error{System} naming the setting.
void writeSetting(const std::string& path, std::string_view value);

} // namespace rootlayer::guest

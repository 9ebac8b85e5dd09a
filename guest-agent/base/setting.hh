#pragma once

#include <string>
#include <string_view>

namespace rootlayer::guest {

/// Writes a setting of the kernel's, a file in /proc or /sys, in one write(2). False, with errno, when it is
/// not taken.
bool tryWriteSetting(const std::string& path, std::string_view value);

/// The same, or Error{System} that names the setting.
void writeSetting(const std::string& path, std::string_view value);

} // namespace rootlayer::guest

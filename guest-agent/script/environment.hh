#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::guest {

/// "K=V" strings, as for execve(2).
using Environment = std::vector<std::string>;

/// The value of the last entry with that name.
std::optional<std::string> valueIn(const Environment& environment, std::string_view name);

/// Adds NAME=VALUE unless the name is set.
void setDefault(Environment& environment, const std::string& name, const std::string& value);

/// Appends a directory to PATH, if PATH is set.
void extendPath(Environment& environment, const std::string& directory);

} // namespace rootlayer::guest

#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::cli {

/// The first option in a text that `wanted` takes: "--allow" in "--allow deb.debian.org, to let the script
/// ...". Empty if there is none.
std::string optionIn(std::string_view text, const std::function<bool(const std::string& name)>& wanted);

} // namespace rootlayer::cli

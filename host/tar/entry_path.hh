#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::tar {

/// The components of a name in a tar, as `./a`, `/a`, `a/` and `../a` all mean it: clamped to the root; none
/// is the root itself. Throws Error{Image} for a component above 255 bytes and a path of 4096 or more
/// (layer::fitsPath).
std::vector<std::string_view> entryPath(std::string_view name);

/// "a/b"; "" for the root.
std::string joined(const std::vector<std::string_view>& components);

} // namespace rootlayer::tar

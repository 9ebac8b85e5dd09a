#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::tar {

/// The components of a name in a tar, clamped to the root: "./a", "/a", "a/" and "../a" all give "a". The
/// root has no components. Throws Error{Image} for a component of more than 255 bytes and for a path that is
/// too long (layer::fitsPath).
std::vector<std::string_view> entryPath(std::string_view name);

/// "a/b"; "" for the root.
std::string joined(const std::vector<std::string_view>& components);

} // namespace rootlayer::tar

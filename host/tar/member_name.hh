#pragma once

#include <string>
#include <string_view>

namespace rootlayer::tar {

/// The canonical form of a member's name: without "./" in front or a slash behind; "" for the root. Throws
/// Error{Image} naming `what` for a name that is absolute, holds "..", "." or empty components, control
/// bytes, or is over 4095 bytes.
std::string memberName(std::string_view name, const std::string& what);

/// Where a symlink that is a member points to, as a canonical name. Throws Error{Image} when that is outside.
std::string symlinkTarget(std::string_view link, std::string_view target, const std::string& what);

} // namespace rootlayer::tar

#pragma once

#include <string>
#include <string_view>

namespace rootlayer::tar {

/// The canonical form of a member's name: without a leading "./" or a trailing slash; "" for the root. Throws
/// Error{Image} naming `what` if the name is absolute, has "..", "." or empty components or control
/// characters, or is longer than 4095 bytes.
std::string memberName(std::string_view name, const std::string& what);

/// The canonical name that a symlink in the archive points to. Throws Error{Image} if it leads out of it.
std::string symlinkTarget(std::string_view link, std::string_view target, const std::string& what);

} // namespace rootlayer::tar

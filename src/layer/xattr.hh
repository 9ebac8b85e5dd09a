#pragma once

#include <string>
#include <string_view>

namespace rootlayer::layer {

/// The capabilities of a file, in the format of linux/capability.h.
inline constexpr std::string_view kCapabilityXattr = "security.capability";

/// Does a layer keep extended attributes of this name? It keeps security.capability, user.* except
/// overlayfs's user.overlay.*, and the POSIX ACLs. All others belong to one machine or file system, and
/// packers drop them.
bool isLayerXattr(std::string_view name);

/// security.capability in the form for layers: version 3, which adds the owner of a user namespace, becomes
/// version 2. Other values are returned unchanged.
std::string portableCapability(std::string_view value);

/// Throws Error{Layer} unless this attribute is allowed in a layer. Its name must be one that isLayerXattr()
/// accepts, without NUL and '=', of at most 255 bytes. Its value must not be empty (a pax record without a
/// value deletes) and has at most 64 KiB; capabilities must be version 2.
void checkXattr(std::string_view name, std::string_view value);

} // namespace rootlayer::layer

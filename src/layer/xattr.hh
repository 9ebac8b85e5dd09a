#pragma once

#include <string>
#include <string_view>

namespace rootlayer::layer {

/// The capabilities of a file, as linux/capability.h lays them out.
inline constexpr std::string_view kCapabilityXattr = "security.capability";

/// Does a layer keep extended attributes of this name? security.capability, user.* but not overlay's own
/// user.overlay.*, and the POSIX ACLs; all others belong to one machine or one file system, and packers drop
/// them.
bool isLayerXattr(std::string_view name);

/// security.capability as a layer holds it: version 3, which adds the user namespace's owner, becomes
/// version 2. Other values are returned as they are.
std::string portableCapability(std::string_view value);

/// Throws Error{Layer} unless this attribute may stand in a layer: a kept name without NUL and '=', of at
/// most 255 bytes; a value that is not empty (a pax record without a value deletes) and at most 64 KiB;
/// capabilities version 2.
void checkXattr(std::string_view name, std::string_view value);

} // namespace rootlayer::layer

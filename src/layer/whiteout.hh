#pragma once

#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// A name that begins with this is no file: it says that the rest of the name was removed (OCI layer.md,
/// "Whiteouts").
inline constexpr std::string_view kWhiteoutPrefix = ".wh.";

/// The opaque marker of base layers. Never in a layer of ours.
inline constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

/// Does the last component of a path begin with the prefix? True also for the names that no layer may hold.
bool isWhiteoutName(std::string_view name);
bool isWhiteoutPath(std::string_view path);

/// Does a whiteout of this name mean nothing, or something else than a removal: ".wh.", ".wh..", ".wh...",
/// ".wh..wh.*"?
bool isReservedWhiteout(std::string_view name);

/// "b" -> ".wh.b"
std::string whiteoutName(std::string_view name);
/// "a/.wh.b" -> "a/b". The path's last component must be a whiteout.
std::string removedPath(std::string_view whiteoutPath);

/// The entry that says that this path was removed: regular, empty, mode 0, owner 0:0, time 0.
Entry whiteoutEntry(std::string_view removed);

/// The last component, and all before the last slash ("" at the top).
std::string_view baseName(std::string_view path);
std::string_view parentPath(std::string_view path);

} // namespace rootlayer::layer

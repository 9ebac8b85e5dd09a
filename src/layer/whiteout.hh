#pragma once

#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// The prefix of a whiteout: an entry that says that the rest of its name was removed (OCI layer.md,
/// "Whiteouts").
inline constexpr std::string_view kWhiteoutPrefix = ".wh.";

/// The opaque marker of OCI layers. Base layers can have it; our layers never do.
inline constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

/// The prefix of aufs's own files, of which the opaque marker is one. Base layers can have them.
inline constexpr std::string_view kMetaPrefix = ".wh..wh.";

/// Does a name, or the last component of a path, begin with the prefix? True also for names that are not
/// valid whiteouts.
bool isWhiteoutName(std::string_view name);
bool isWhiteoutPath(std::string_view path);

/// Is it a whiteout that removes nothing or means something else: ".wh.", ".wh..", ".wh...", ".wh..wh.*"?
bool isReservedWhiteout(std::string_view name);

/// "b" -> ".wh.b"
std::string whiteoutName(std::string_view name);
/// "a/.wh.b" -> "a/b". The path's last component must be a whiteout.
std::string removedPath(std::string_view whiteoutPath);

/// The whiteout entry for a removed path: regular, empty, mode 0, owner 0:0, time 0.
Entry whiteoutEntry(std::string_view removed);

/// The last component of a path, and everything before the last slash ("" if there is none).
std::string_view baseName(std::string_view path);
std::string_view parentPath(std::string_view path);

} // namespace rootlayer::layer

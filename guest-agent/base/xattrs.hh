#pragma once

#include <string>

#include "guest-agent/base/inode.hh"

namespace rootlayer::guest {

/// What is said of chattr's +i and +a.
inline constexpr const char* kFlagsDropped =
    "its attributes 'immutable' or 'append only' (chattr) are not in the layer";

/// Reads the extended attributes of a descriptor's file (of a symlink its own) into the inode: those that a
/// layer keeps (T7), in its form; what overlayfs stores; and why others are dropped. If the descriptor is
/// O_PATH (not `readable`), they are read through /proc, which is slower.
void readXattrs(int fd, bool readable, Inode& inode, const std::string& path);

} // namespace rootlayer::guest

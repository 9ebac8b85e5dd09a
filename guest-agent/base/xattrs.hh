#pragma once

#include <string>

#include "guest-agent/base/inode.hh"

namespace rootlayer::guest {

/// Reads the extended attributes of what a descriptor stands for (of a symlink its own) into the inode: what
/// a layer keeps (T7) as it keeps it, what overlayfs says, and a reason for what is dropped. An O_PATH
/// descriptor (not `readable`) takes the longer way, through /proc.
void readXattrs(int fd, bool readable, Inode& inode, const std::string& path);

} // namespace rootlayer::guest

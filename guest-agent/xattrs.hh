#pragma once

#include <string>

#include "guest-agent/inode.hh"

namespace rootlayer::guest {

/// Reads the extended attributes of what `at` leads to (descriptorPath() of an O_PATH descriptor; a symlink's
/// own) into the inode: what a layer keeps (T7) as it keeps it, what overlayfs says, and a reason for what is
/// dropped.
void readXattrs(const std::string& at, Inode& inode, const std::string& path);

} // namespace rootlayer::guest

#pragma once

#include <sys/stat.h>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// What a layer has of an inode, as far as stat(2) tells: all but path, link target and extended attributes.
/// The time is the inode's, in whole seconds. Not for sockets, which a layer does not have.
Entry entryOf(const struct stat& status);

} // namespace rootlayer::layer

#pragma once

#include <sys/stat.h>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// The entry for an inode as far as stat(2) describes it: everything except path, link target and extended
/// attributes. The time is cut to whole seconds. Not for sockets, which a layer cannot contain.
Entry entryOf(const struct stat& status);

} // namespace rootlayer::layer

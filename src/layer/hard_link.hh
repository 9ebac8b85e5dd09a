#pragma once

#include <string>
#include <utility>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// Turns an entry with its inode's attributes into a further name of the inode, whose first name is `target`.
inline void becomeHardLink(Entry& entry, std::string target) {
    entry.type = EntryType::HardLink;
    entry.linkTarget = std::move(target);
    entry.size = 0;
    entry.devMajor = 0;
    entry.devMinor = 0;
}

} // namespace rootlayer::layer

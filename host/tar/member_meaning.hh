#pragma once

#include <string>

#include "tar/tar_blocks.hh"

namespace rootlayer::tar {

/// The combined meaning of an entry's headers.
struct MemberMeaning {
    std::string path;       ///< neither converted nor normalised
    std::string linkTarget; ///< empty unless it is a link
    /// '0' to '6' as in ustar: file, hard link, symlink, character device, block device, directory, FIFO.
    /// 'S': a GNU sparse file.
    char type = '0';
};

/// Throws Error{Image} if two readers could understand the headers differently.
MemberMeaning meaningOf(const TarMember& member);

} // namespace rootlayer::tar

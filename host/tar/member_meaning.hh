#pragma once

#include <string>

#include "tar/tar_blocks.hh"

namespace rootlayer::tar {

/// What the headers of an entry say together. Where two readers could understand two things, all of this
/// throws Error{Image}.
struct MemberMeaning {
    std::string path;       ///< neither converted nor normalised
    std::string linkTarget; ///< empty but for links
    char type = '0'; ///< '0' to '6': a file, hard link, symlink, device, directory, FIFO; 'S': a sparse file
};

MemberMeaning meaningOf(const TarMember& member);

} // namespace rootlayer::tar

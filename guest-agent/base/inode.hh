#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

#include "base/unique_fd.hh"
#include "layer/entry.hh"

namespace rootlayer::guest {

/// What a name in a directory stands for: its metadata, as far as a layer can hold it.
struct Inode {
    struct stat status {};
    std::map<std::string, std::string> xattrs; ///< those of layer/xattr.hh, in the form a layer has them
    std::set<std::string> foreign;             ///< the names of those that no layer holds
    std::string linkTarget;                    ///< of a symlink
    bool opaque = false;                       ///< overlayfs: what lower directories hold is hidden
    std::vector<std::string> faults;  ///< overlayfs attributes that must not be there (redirect, metacopy)
    std::vector<std::string> dropped; ///< why something of it is not in a layer, for people

    bool isDirectory() const { return S_ISDIR(status.st_mode); }
};

/// A name, opened without following it.
struct OpenInode {
    UniqueFd fd; ///< for reading, or O_PATH
    Inode inode;
};

/// Reads a name of a directory; nullopt when there is none, or when it is a whiteout. `kind` is readdir's
/// d_type: what it calls a file or a directory is opened for reading, all else is only looked at. Needs
/// /proc. Throws Error{System} naming `path`.
std::optional<OpenInode> readInode(int directory, const std::string& name, unsigned char kind,
                                   const std::string& path);

/// overlayfs's mark for a removed name: a character device 0:0.
bool isWhiteout(const struct stat& status);

/// Does the directory have the name? A whiteout is none.
bool hasName(int directory, const std::string& name, const std::string& path);

/// The inode as an entry of a layer; its time is still the inode's, in whole seconds. Not for sockets.
layer::Entry toEntry(const Inode& inode, std::string path);

/// Equal in type, mode, owner, device number, link target and extended attributes.
bool sameMetadata(const Inode& a, const Inode& b);

} // namespace rootlayer::guest

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

/// The metadata of a file, as far as a layer can hold it.
struct Inode {
    struct stat status {};
    std::map<std::string, std::string> xattrs; ///< those that a layer keeps (layer/xattr.hh), in its form
    std::set<std::string> foreign;             ///< the names of those that a layer cannot hold
    std::string linkTarget;                    ///< of a symlink
    bool opaque = false;                       ///< overlayfs: the content of lower directories is hidden
    std::vector<std::string> faults;  ///< overlayfs attributes that are not allowed (redirect, metacopy)
    std::vector<std::string> dropped; ///< what is not in the layer and why, for warnings

    bool isDirectory() const { return S_ISDIR(status.st_mode); }
};

/// A file, opened without following a symlink.
struct OpenInode {
    UniqueFd fd; ///< for reading, or O_PATH
    Inode inode;
};

/// Reads a file's metadata; nullopt if there is none, or if it is a whiteout. `kind` is d_type of readdir(3):
/// regular files and directories are opened for reading, others only with O_PATH. Needs /proc. Throws
/// Error{System} naming `path`.
std::optional<OpenInode> readInode(int directory, const std::string& name, unsigned char kind,
                                   const std::string& path);

/// Is it overlayfs's whiteout, the character device 0:0?
bool isWhiteout(const struct stat& status);

/// Does the directory have this name? A whiteout does not count. Throws Error{System} naming `path`.
bool hasName(int directory, const std::string& name, const std::string& path);

/// Converts an inode to a layer entry. The time is the inode's, in whole seconds. Not for sockets.
layer::Entry toEntry(const Inode& inode, std::string path);

/// Equal in type, mode, owner, device number, link target and extended attributes.
bool sameMetadata(const Inode& a, const Inode& b);

} // namespace rootlayer::guest

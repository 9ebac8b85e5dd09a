#include "guest-agent/base/inode.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "guest-agent/base/xattrs.hh"
#include "layer/inode_entry.hh"

namespace rootlayer::guest {

namespace {

[[noreturn]] void refuse(const char* what, const std::string& path) {
    throw systemError(fmt::format("cannot {} {}", what, quote(path)));
}

std::string readTarget(int fd, const std::string& path) {
    std::array<char, 4097> buffer;
    const ssize_t got = ::readlinkat(fd, "", buffer.data(), buffer.size());
    if (got < 0) refuse("read the symlink", path);
    return {buffer.data(), static_cast<std::size_t>(got)};
}

bool isDevice(mode_t mode) {
    return S_ISCHR(mode) || S_ISBLK(mode);
}

} // namespace

bool isWhiteout(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

bool hasName(int directory, const std::string& name, const std::string& path) {
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return !isWhiteout(status);
    if (errno != ENOENT) refuse("look at the base's", path);
    return false;
}

std::optional<OpenInode> readInode(int directory, const std::string& name, unsigned char kind,
                                   const std::string& path) {
    const bool readable = kind == DT_REG || kind == DT_DIR;
    const int how = (readable ? O_RDONLY | O_NONBLOCK : O_PATH) | O_NOFOLLOW | O_CLOEXEC;
    OpenInode open{UniqueFd(::openat(directory, name.c_str(), how)), {}};
    if (!open.fd && errno == ENOENT) return std::nullopt;
    if (!open.fd) refuse("open", path);
    Inode& inode = open.inode;
    if (::fstat(open.fd.get(), &inode.status) != 0) refuse("look at", path);
    if (isWhiteout(inode.status)) return std::nullopt;
    if (S_ISLNK(inode.status.st_mode)) inode.linkTarget = readTarget(open.fd.get(), path);
    readXattrs(open.fd.get(), readable, inode, path);
    return open;
}

layer::Entry toEntry(const Inode& inode, std::string path) {
    layer::Entry entry = layer::entryOf(inode.status);
    entry.path = std::move(path);
    entry.linkTarget = inode.linkTarget;
    entry.xattrs = inode.xattrs;
    return entry;
}

bool sameMetadata(const Inode& a, const Inode& b) {
    const auto& left = a.status;
    const auto& right = b.status;
    return left.st_mode == right.st_mode && left.st_uid == right.st_uid && left.st_gid == right.st_gid &&
           (!isDevice(left.st_mode) || left.st_rdev == right.st_rdev) && a.linkTarget == b.linkTarget &&
           a.xattrs == b.xattrs;
}

} // namespace rootlayer::guest

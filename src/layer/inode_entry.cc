#include "layer/inode_entry.hh"

#include <cstdint>
#include <sys/sysmacros.h>

namespace rootlayer::layer {

namespace {

EntryType typeOf(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return EntryType::Directory;
    case S_IFLNK:
        return EntryType::Symlink;
    case S_IFCHR:
        return EntryType::CharDevice;
    case S_IFBLK:
        return EntryType::BlockDevice;
    case S_IFIFO:
        return EntryType::Fifo;
    default:
        return EntryType::File;
    }
}

} // namespace

Entry entryOf(const struct stat& status) {
    Entry entry;
    entry.type = typeOf(status.st_mode);
    entry.mode = status.st_mode & 07777U;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.mtime = status.st_mtim.tv_sec;
    if (entry.type == EntryType::File) entry.size = static_cast<std::uint64_t>(status.st_size);
    if (entry.type == EntryType::CharDevice || entry.type == EntryType::BlockDevice) {
        entry.devMajor = major(status.st_rdev);
        entry.devMinor = minor(status.st_rdev);
    }
    return entry;
}

} // namespace rootlayer::layer

#include "base/free_space.hh"

#include <cstdint>
#include <sys/statvfs.h>

namespace rootlayer {

std::optional<std::uint64_t> freeSpace(int fd) {
    struct statvfs status {};
    if (::fstatvfs(fd, &status) != 0) return std::nullopt;
    // Some file systems report no sizes at all, such as those of /proc.
    if (status.f_blocks == 0) return std::nullopt;
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

} // namespace rootlayer

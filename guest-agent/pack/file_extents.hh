#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rootlayer::guest {

/// A range of a file.
struct FileExtent {
    std::uint64_t at = 0;                   ///< offset in the file, bytes
    std::uint64_t size = 0;                 ///< bytes
    std::optional<std::uint64_t> disk = {}; ///< offset of the same bytes on the file system's disk
};

/// Passes to `take` the location of the first `size` bytes of a regular file, range by range without gaps. A
/// range has no `disk` if its bytes are not on the disk unchanged (holes, unwritten extents, a file system
/// that cannot tell), or if it is smaller than 64 KiB. Dirty pages are written to the disk first; nobody may
/// change the file meanwhile. Throws Error{System} naming `path` if they cannot be written. Calls `tick`
/// often, since a slow disk takes long.
void forEachExtent(int file, const std::string& path, std::uint64_t size,
                   const std::function<void(const FileExtent&)>& take, const std::function<void()>& tick);

} // namespace rootlayer::guest

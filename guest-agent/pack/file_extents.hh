#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rootlayer::guest {

/// A piece of a file.
struct FileExtent {
    std::uint64_t at = 0; ///< in the file, bytes
    std::uint64_t size = 0;
    std::optional<std::uint64_t> disk = {}; ///< where its bytes lie on the file system's disk, as they are
};

/// Tells where the first `size` bytes of a regular file lie, piece by piece, without a gap; what is not on
/// the disk as it is (holes, what was never written, a file system that cannot tell), or in pieces too small
/// to be worth naming (under 64 KiB), has no `disk`. What waits to be written is written first; nobody may
/// change the file meanwhile. Throws Error{System} naming `path` when
/// it cannot be written. `tick` is called often, since a slow disk takes long.
void forEachExtent(int file, const std::string& path, std::uint64_t size,
                   const std::function<void(const FileExtent&)>& take, const std::function<void()>& tick);

} // namespace rootlayer::guest

#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/cancel.hh>

namespace rootlayer::vm {

/// The smallest scratch disk that is worth making.
constexpr std::uint64_t kMinScratchSize = std::uint64_t{16} << 20;

/// Makes the disk that the script writes to: a sparse raw file with an empty ext4 and no journal, because it
/// is thrown away after the run. Holds user.*, trusted.* and security.* xattrs of up to 64 KiB each, and an
/// inode for every 4 KiB (8 KiB from 4 GiB up). The order of its directories and its inode numbers are the
/// same in every disk, of any size. `size` is in bytes, rounded up to a block. A few
/// milliseconds, up to 512 GiB. Throws Error{Input} for a size that is too small or larger than the host's
/// file system can have, and Error{System} with mke2fs's words.
void makeScratchDisk(const std::string& path, std::uint64_t size, const CancelToken* cancel = nullptr);

} // namespace rootlayer::vm

#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/cancel.hh>

namespace rootlayer::vm {

/// The smallest allowed scratch disk, in bytes.
constexpr std::uint64_t kMinScratchSize = std::uint64_t{16} << 20;

/// Creates the disk that the script writes to: a sparse raw file with an empty ext4. It has no journal
/// because it is discarded after the run. It can hold user.*, trusted.* and security.* xattrs of up to 64 KiB
/// each, and has an inode for every 4 KiB (every 8 KiB from 4 GiB on). Directory order and inode numbers are
/// the same on disks of all sizes. `size` is in bytes and rounded up to 4096. Takes a few milliseconds for up
/// to 512 GiB. Throws Error{Input} for a size that is too small or too large for the host's file system, and
/// Error{System} with mke2fs's message.
void makeScratchDisk(const std::string& path, std::uint64_t size, const CancelToken* cancel = nullptr);

} // namespace rootlayer::vm

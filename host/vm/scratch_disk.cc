#include "vm/scratch_disk.hh"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "sandbox/tool_confinement.hh"

namespace rootlayer::vm {

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kManyInodesBelow = std::uint64_t{4} << 30;
constexpr std::uint64_t kBlocksPerGroup = 8 * kBlock;
constexpr std::uint64_t kMinFlexGroup = 16;
constexpr std::chrono::seconds kMke2fsTimeout{60};
// Fixed, because mke2fs would choose both at random: the seed determines the order in which a directory is
// read, the UUID is visible as f_fsid.
constexpr const char* kHashSeed = "726f6f74-6c61-7965-7200-68617368e5ed";
constexpr const char* kUuid = "726f6f74-6c61-7965-7200-000000000001";
// The complete list, so that the host's mke2fs.conf has no influence. No journal and no checksums: the disk
// is never recovered or checked, and both are slow under TCG.
constexpr const char* kFeatures =
    "none,64bit,dir_index,dir_nlink,ea_inode,ext_attr,extent,extra_isize,filetype,flex_bg,"
    "huge_file,large_file,sparse_super2,uninit_bg";

void makeSparseFile(const std::string& path, std::uint64_t size) {
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) throw systemError(fmt::format("cannot create the scratch disk {}", quote(path)));
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) == 0) return;
    throw Error(ErrorCode::Input,
                fmt::format("a scratch disk of {} bytes cannot be made in {}", size, quote(path)),
                "choose a smaller --disk-size");
}

/// One flexible group for the whole disk. With several, ext4 spreads directories over them, so inode numbers
/// would depend on the size of the disk. In one group, inodes are allocated from the first.
std::uint64_t flexGroup(std::uint64_t size) {
    const auto blocks = size / kBlock;
    return std::max(kMinFlexGroup, std::bit_ceil((blocks + kBlocksPerGroup - 1) / kBlocksPerGroup));
}

Command mke2fs(const std::string& path, std::uint64_t size) {
    Command command;
    command.argv = {"mke2fs",
                    "-q",
                    "-F",
                    "-t",
                    "ext4",
                    "-b",
                    std::to_string(kBlock),
                    "-m",
                    "0",
                    "-i",
                    std::to_string(size < kManyInodesBelow ? kBlock : 2 * kBlock),
                    "-I",
                    "256",
                    "-g",
                    std::to_string(kBlocksPerGroup),
                    "-G",
                    std::to_string(flexGroup(size)),
                    "-O",
                    kFeatures,
                    "-U",
                    kUuid,
                    "-E",
                    fmt::format("hash_seed={},num_backup_sb=0,nodiscard,lazy_itable_init=1,"
                                "assume_storage_prezeroed=1",
                                kHashSeed),
                    path};
    // The settings of the host and the caller must not influence the disk. Without a configuration file
    // mke2fs uses its defaults.
    command.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "MKE2FS_CONFIG=/nonexistent"};
    return command;
}

} // namespace

void makeScratchDisk(const std::string& path, std::uint64_t size, const CancelToken* cancel) {
    if (size < kMinScratchSize) {
        throw Error(ErrorCode::Input, fmt::format("a scratch disk of {} bytes is too small", size),
                    fmt::format("--disk-size must be at least {}M", kMinScratchSize >> 20));
    }
    const auto rounded = (size + kBlock - 1) / kBlock * kBlock;
    makeSparseFile(path, rounded);
    auto command = mke2fs(path, rounded);
    sandbox::confineTool(command, {path});
    requireCommand(std::move(command), Deadline::after(kMke2fsTimeout), "cannot create the scratch disk",
                   cancel);
}

} // namespace rootlayer::vm

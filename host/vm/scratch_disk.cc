#include "vm/scratch_disk.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kManyInodesBelow = std::uint64_t{4} << 30;
constexpr std::chrono::seconds kLongestMke2fs{60};

void makeSparseFile(const std::string& path, std::uint64_t size) {
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) throw systemError(fmt::format("cannot make the scratch disk {}", quote(path)));
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) == 0) return;
    throw Error(ErrorCode::Input,
                fmt::format("a scratch disk of {} bytes cannot be made in {}", size, quote(path)),
                "choose a smaller --disk-size");
}

Command mke2fs(const std::string& path, std::uint64_t size) {
    Command command;
    command.argv = {
        "mke2fs", "-q", "-F", "-t", "ext4", "-b", std::to_string(kBlock), "-m", "0", "-i",
        std::to_string(size < kManyInodesBelow ? kBlock : 2 * kBlock), "-I", "256",
        // Nothing is ever recovered or checked, so no journal and no checksums, which TCG would pay for.
        "-O", "^has_journal,^resize_inode,^metadata_csum,uninit_bg,sparse_super2,huge_file,ext_attr,ea_inode",
        "-E", "num_backup_sb=0,nodiscard,lazy_itable_init=1,assume_storage_prezeroed=1", path};
    // The caller's MKE2FS_CONFIG or language must not show in the disk.
    command.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
    return command;
}

} // namespace

void makeScratchDisk(const std::string& path, std::uint64_t size, const CancelToken* cancel) {
    if (size < kLeastScratchSize) {
        throw Error(ErrorCode::Input, fmt::format("a scratch disk of {} bytes is too small", size),
                    fmt::format("give --disk-size at least {}M", kLeastScratchSize >> 20));
    }
    const auto rounded = (size + kBlock - 1) / kBlock * kBlock;
    makeSparseFile(path, rounded);
    requireCommand(mke2fs(path, rounded), Deadline::after(kLongestMke2fs), "cannot make the scratch disk",
                   cancel);
}

} // namespace rootlayer::vm

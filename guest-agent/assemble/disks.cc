#include "guest-agent/assemble/disks.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/mounting.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

constexpr std::uint64_t kSector = 512;

struct Disk {
    UniqueFd fd;
    std::uint64_t size = 0;
};

Disk openDisk(const char* path) {
    Disk disk{UniqueFd(::open(path, O_RDONLY | O_CLOEXEC)), 0};
    if (!disk.fd) throw systemError(fmt::format("cannot open the disk {}", path));
    if (::ioctl(disk.fd.get(), BLKGETSIZE64, &disk.size) != 0) {
        throw systemError(fmt::format("cannot get the size of {}", path));
    }
    return disk;
}

bool isWithin(const protocol::Section& section, std::uint64_t size) {
    return section.size <= size && section.offset <= size - section.size;
}

void readAt(int fd, char* buffer, std::size_t size, std::uint64_t offset, const char* what) {
    while (size > 0) {
        const ssize_t got = ::pread(fd, buffer, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw systemError(fmt::format("cannot read the {}", what));
        if (got == 0) throw Error(ErrorCode::System, fmt::format("the {} is truncated", what));
        buffer += got;
        size -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
    }
}

const char* fileSystemOf(const Disk& disk, const protocol::Section& section, std::size_t number) {
    constexpr std::size_t erofsOffset = 1024;
    constexpr std::string_view squashfs = "hsqs";
    constexpr std::string_view erofs = "\xe2\xe1\xf5\xe0";
    std::array<char, erofsOffset + 4> head{};
    if (section.size >= head.size()) {
        readAt(disk.fd.get(), head.data(), head.size(), section.offset, "layer disk");
        const std::string_view bytes(head.data(), head.size());
        if (bytes.starts_with(squashfs)) return "squashfs";
        if (bytes.substr(erofsOffset) == erofs) return "erofs";
    }
    throw Error(ErrorCode::Image, fmt::format("base layer {} is neither squashfs nor erofs", number + 1),
                protocol::kHintCache);
}

void addPartition(const Disk& disk, const protocol::Section& section, std::size_t number) {
    blkpg_partition partition{};
    partition.start = static_cast<long long>(section.offset);
    partition.length = static_cast<long long>(section.size);
    partition.pno = static_cast<int>(number + 1);
    blkpg_ioctl_arg argument{BLKPG_ADD_PARTITION, 0, sizeof partition, &partition};
    if (::ioctl(disk.fd.get(), BLKPG, &argument) != 0) {
        throw systemError(fmt::format("cannot make a partition of base layer {}", number + 1));
    }
}

/// Each request to the disk leaves the machine, which is slow, and the packer reads the script's files
/// sequentially. So a longer read-ahead pays. An error is ignored: it only means slower reads.
void readFarAhead(const Disk& disk) {
    constexpr unsigned long sectors = (std::uint64_t{4} << 20) / kSector;
    ::ioctl(disk.fd.get(), BLKRASET, sectors);
}

[[noreturn]] void refuseMany(std::uint64_t layers, std::size_t most) {
    throw Error(ErrorCode::Resource,
                fmt::format("the base has {} layers; the guest can mount {} of this size", layers, most),
                protocol::kHintSquash);
}

} // namespace

void checkSections(const std::vector<protocol::Section>& sections, std::uint64_t diskSize) {
    std::uint64_t lowers = 0;
    for (const auto& section : sections)
        lowers += std::max<std::uint64_t>(1, std::min<std::uint64_t>(section.directories, kMaxDirectories));
    if (sections.size() > kMaxSections) refuseMany(lowers, kMaxSections);
    if (lowers > kMaxLowers) refuseMany(lowers, kMaxLowers);
    for (std::size_t i = 0; i < sections.size(); ++i) {
        const auto& section = sections[i];
        if (section.directories <= kMaxDirectories && section.size > 0 && section.offset % kSector == 0 &&
            section.size % kSector == 0 && isWithin(section, diskSize)) {
            continue;
        }
        throw Error(ErrorCode::Protocol,
                    fmt::format("base layer {} (bytes {} to +{}) is not within the disk of {} bytes", i + 1,
                                section.offset, section.size, diskSize));
    }
}

void mountLayers(const std::vector<protocol::Section>& layers) {
    makeDirectory(kLayers);
    if (layers.empty()) return;
    const Disk disk = openDisk(kLayerDisk);
    checkSections(layers, disk.size);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        addPartition(disk, layers[i], i);
        const auto target = fmt::format("{}/{}", kLayers, i);
        makeDirectory(target);
        mountAt(fmt::format("{}{}", kLayerDisk, i + 1), target, fileSystemOf(disk, layers[i], i), MS_RDONLY);
    }
}

void mountScratch() {
    makeDirectory(kScratch);
    readFarAhead(openDisk(kScratchDisk));
    // The disk is used once, so its inode tables need not be zeroed in the background.
    mountAt(kScratchDisk, kScratch, "ext4", MS_NOATIME, "noinit_itable");
    // ext4 spreads the directories in its root over the disk, so inode numbers would depend on the disk's
    // size. Deeper directories stay together. lost+found is the only directory that mke2fs creates.
    mountAt(fmt::format("{}/lost+found", kScratch), kScratch, nullptr, MS_BIND);
}

std::string readInput(const protocol::Section& section, std::uint64_t limit) {
    if (section.size > limit) {
        throw Error(ErrorCode::Protocol,
                    fmt::format("the input has {} bytes; at most {} are allowed", section.size, limit));
    }
    if (section.size == 0) return {};
    const Disk disk = openDisk(kLayerDisk);
    if (!isWithin(section, disk.size)) {
        throw Error(ErrorCode::Protocol, "the input is not within the layer disk");
    }
    std::string bytes(section.size, '\0');
    readAt(disk.fd.get(), bytes.data(), bytes.size(), section.offset, "input disk");
    return bytes;
}

} // namespace rootlayer::guest

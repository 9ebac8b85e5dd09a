#include "disk/disk_format.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/unique_fd.hh"

namespace rootlayer::disk {

namespace {

constexpr std::size_t kHead = 112; // the fixed part of a qcow2 header of version 3, with padding
constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kMinDisk = std::uint64_t{64} << 10;
constexpr std::string_view kQcow2{"QFI\xfb", 4};

struct Foreign {
    std::size_t at;
    std::string_view magic;
    const char* what;
    const char* hint;
};

constexpr const char* kConvert = "run qemu-img convert -O qcow2 DISK disk.qcow2 and use that";
constexpr const char* kUnpack = "unpack it first";

/// Formats that are often mistaken for a raw disk. Read as raw they would just look empty.
constexpr std::array<Foreign, 11> kForeign{{
    {0, "KDMV", "a VMDK", kConvert},
    {0, "# Disk DescriptorFile", "a VMDK", kConvert},
    {0, "vhdxfile", "a VHDX", kConvert},
    {0, "conectix", "a VHD", kConvert},
    {0, std::string_view("QED\0", 4), "a QED", kConvert},
    {64, std::string_view("\x7f\x10\xda\xbe", 4), "a VDI", kConvert},
    {0, "LUKS\xba\xbe", "encrypted", "decrypt it first"},
    {0, "\x1f\x8b", "compressed with gzip", kUnpack},
    {0,
     "\xfd"
     "7zXZ",
     "compressed with xz", kUnpack},
    {0, "\x28\xb5\x2f\xfd", "compressed with zstd", kUnpack},
    {0, "BZh", "compressed with bzip2", kUnpack},
}};

/// The first bytes of a file, and its size.
class Head final {
  public:
    explicit Head(const std::string& path) : m_what("the disk " + quote(path)) {
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            throw Error(ErrorCode::Input, fmt::format("cannot open {}: {}", m_what, ::strerror(errno)));
        if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
            throw Error(ErrorCode::Input, m_what + " is not a file or block device",
                        "give the file of a qcow2 or raw disk");
        }
        const auto got = ::pread(fd.get(), m_bytes.data(), m_bytes.size(), 0);
        if (got < 0)
            throw Error(ErrorCode::Input, fmt::format("cannot read {}: {}", m_what, ::strerror(errno)));
        m_count = static_cast<std::size_t>(got);
        const auto end = ::lseek(fd.get(), 0, SEEK_END);
        if (end < 0)
            throw Error(ErrorCode::Input,
                        fmt::format("cannot find out the size of {}: {}", m_what, ::strerror(errno)));
        m_size = static_cast<std::uint64_t>(end);
    }

    bool has(std::size_t at, std::string_view magic) const {
        return at <= m_count && std::string_view(m_bytes.data() + at, m_count - at).starts_with(magic);
    }
    /// A big-endian number, as in qcow2.
    std::uint64_t number(std::size_t at, std::size_t bytes) const {
        std::uint64_t value = 0;
        for (std::size_t i = at; i < at + bytes; ++i)
            value = value << 8U | static_cast<unsigned char>(m_bytes.at(i));
        return value;
    }
    std::uint64_t size() const { return m_size; }
    std::size_t count() const { return m_count; }

    [[noreturn]] void refuse(const std::string& why, const std::string& hint) const {
        throw Error(ErrorCode::Image, m_what + " " + why, hint);
    }

  private:
    std::string m_what;
    std::array<char, kHead> m_bytes{};
    std::size_t m_count = 0;
    std::uint64_t m_size = 0;
};

void checkQcow2(const Head& head) {
    constexpr const char* damaged = "run qemu-img check to see what is wrong with it";
    constexpr std::uint64_t externalData = 4;
    if (head.count() < kHead) head.refuse("is a qcow2 that is cut off in its header", damaged);
    const auto version = head.number(4, 4);
    if (version != 2 && version != 3)
        head.refuse(fmt::format("is a qcow2 of the unknown version {}", version), kConvert);
    if (head.number(8, 8) != 0) {
        head.refuse("is a qcow2 with a backing file, which would be read too",
                    "if you trust it, run qemu-img convert -O qcow2 DISK whole.qcow2 and use that");
    }
    if (head.number(32, 4) != 0) head.refuse("is an encrypted qcow2", "decrypt it first");
    if (version == 3 && (head.number(72, 8) & externalData) != 0) {
        head.refuse("is a qcow2 whose data is in another file",
                    "if you trust it, run qemu-img convert -O qcow2 DISK whole.qcow2 and use that");
    }
    const auto tableAt = head.number(40, 8);
    const auto tableSize = head.number(36, 4) * 8;
    if (tableAt > head.size() || tableSize > head.size() - tableAt)
        head.refuse("is a qcow2 that is cut off", damaged);
}

void checkRaw(const Head& head) {
    for (const auto& foreign : kForeign) {
        if (head.has(foreign.at, foreign.magic))
            head.refuse(fmt::format("is {}", foreign.what), foreign.hint);
    }
    if (head.size() < kMinDisk || head.size() % kSector != 0)
        head.refuse(fmt::format("is not a disk: it has {} bytes", head.size()),
                    "give the file of a qcow2 or raw disk");
}

} // namespace

std::string_view name(DiskFormat format) {
    return format == DiskFormat::Raw ? "raw" : "qcow2";
}

DiskFormat checkedDiskFormat(const std::string& path) {
    const Head head(path);
    if (head.has(0, kQcow2)) {
        checkQcow2(head);
        return DiskFormat::Qcow2;
    }
    checkRaw(head);
    return DiskFormat::Raw;
}

} // namespace rootlayer::disk

#include "images/cpio_writer.hh"

#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <sys/stat.h>

#include <rootlayer/error.hh>

namespace rootlayer::images {

namespace {
constexpr std::string_view kTrailer = "TRAILER!!!";
constexpr std::size_t kAlignment = 4;
} // namespace

void CpioWriter::directory(std::string_view path) {
    entry(path, S_IFDIR | 0755, {}, {});
}

void CpioWriter::file(std::string_view path, std::string_view bytes, bool executable) {
    entry(path, S_IFREG | (executable ? 0755 : 0644), bytes, {});
}

void CpioWriter::characterDevice(std::string_view path, std::uint32_t major, std::uint32_t minor) {
    entry(path, S_IFCHR | 0600, {}, {major, minor});
}

void CpioWriter::finish() {
    entry(kTrailer, 0, {}, {});
}

void CpioWriter::entry(std::string_view path, std::uint32_t mode, std::string_view bytes, Device device) {
    if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw Error(ErrorCode::Internal, fmt::format("{} is too large for a cpio archive", path));
    }
    const std::uint32_t inode = path == kTrailer ? 0 : ++m_inode;
    const unsigned links = S_ISDIR(mode) ? 2 : 1;
    // Magic, then: inode, mode, uid, gid, links, mtime, size, device of the file system (two numbers), device
    // number of the node (two numbers), length of the name with its NUL, checksum (unused).
    const auto header = fmt::format(
        "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}", inode, mode,
        0, 0, links, 0, bytes.size(), 0, 0, device.major, device.minor, path.size() + 1, 0);
    m_out.write(header);
    m_out.write(path);
    m_out.write(std::string_view("\0", 1));
    m_written += header.size() + path.size() + 1;
    pad();
    m_out.write(bytes);
    m_written += bytes.size();
    pad();
}

void CpioWriter::pad() {
    constexpr std::string_view zeros("\0\0\0", kAlignment - 1);
    const std::size_t missing = (kAlignment - m_written % kAlignment) % kAlignment;
    m_out.write(zeros.substr(0, missing));
    m_written += missing;
}

} // namespace rootlayer::images

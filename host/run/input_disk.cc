#include "run/input_disk.hh"

#include <cstdint>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/system_error.hh"

namespace rootlayer::run {

namespace {

constexpr std::uint64_t kAlignment = 4096;

std::uint64_t alignedUp(std::uint64_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
}

} // namespace

InputDisk::InputDisk(const std::string& path, std::uint64_t offset)
    : m_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), m_offset(offset) {
    if (!m_fd) throw systemError("cannot create the input disk");
}

protocol::Section InputDisk::add(std::string_view bytes) {
    const protocol::Section section{m_offset + m_end, bytes.size()};
    writeAt(m_fd.get(), bytes, m_end, "the input disk");
    m_end = alignedUp(m_end + bytes.size());
    return section;
}

std::uint64_t InputDisk::finish() {
    // QEMU does not accept an empty disk, and there may be no layers and no inputs.
    const auto size = std::max(m_end, kAlignment);
    if (::ftruncate(m_fd.get(), static_cast<off_t>(size)) != 0)
        throw systemError("cannot set the size of the input disk");
    return size;
}

} // namespace rootlayer::run

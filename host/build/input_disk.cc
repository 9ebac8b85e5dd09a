#include "build/input_disk.hh"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/system_error.hh"

namespace rootlayer::build {

namespace {

constexpr std::uint64_t kAlignment = 4096;
// A disk of no size is no disk for QEMU.
constexpr std::uint64_t kLeastSize = std::uint64_t{64} * 1024;

std::uint64_t alignedUp(std::uint64_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
}

} // namespace

InputDisk::InputDisk(const std::string& path)
    : m_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!m_fd) throw systemError("cannot make the input disk");
}

protocol::Section InputDisk::add(std::string_view bytes) {
    const protocol::Section section{m_end, bytes.size()};
    writeAt(m_fd.get(), bytes, m_end, "the input disk");
    m_end = alignedUp(m_end + bytes.size());
    return section;
}

void InputDisk::finish() {
    if (::ftruncate(m_fd.get(), static_cast<off_t>(std::max(m_end, kLeastSize))) != 0) {
        throw systemError("cannot size the input disk");
    }
}

} // namespace rootlayer::build

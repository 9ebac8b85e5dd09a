#include "store/file_spool.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/nameless_file.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer::store {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::size_t kMinHole = std::size_t{32} << 10;
constexpr std::size_t kMinRead = std::size_t{8} << 10;

bool isZero(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

} // namespace

FileSpool::FileSpool(const std::string& directory)
    : m_what(fmt::format("a temporary file in {}", quote(directory))), m_fd(namelessFile(directory)) {}

void FileSpool::append(std::string_view bytes) {
    if (bytes.size() >= kMinHole && isZero(bytes)) {
        flush();
    } else {
        m_pending += bytes;
    }
    m_position += bytes.size();
    if (m_pending.size() >= kPiece) flush();
}

void FileSpool::flush() {
    if (m_pending.empty()) return;
    inTemporarySpace([&] { writeAt(m_fd.get(), m_pending, m_position - m_pending.size(), m_what); });
    m_pending.clear();
    m_window.clear();
}

void FileSpool::copy(std::uint64_t offset, std::uint64_t size, Sink& out) {
    flush();
    while (size > 0) {
        const auto bytes =
            bytesAt(offset, size).substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, kPiece)));
        out.write(bytes);
        offset += bytes.size();
        size -= bytes.size();
    }
}

std::string_view FileSpool::bytesAt(std::uint64_t offset, std::uint64_t wanted) {
    const auto end = m_windowAt + m_window.size();
    if (offset < m_windowAt || offset >= end) {
        // Read ahead only for sequential reads.
        const bool onwards = offset >= end && offset - end < kMinHole;
        const auto size = onwards ? kPiece : std::clamp<std::uint64_t>(wanted, kMinRead, kPiece);
        m_window.resize(static_cast<std::size_t>(size));
        m_windowAt = offset;
        ssize_t got = 0;
        do {
            got = ::pread(m_fd.get(), m_window.data(), m_window.size(), static_cast<off_t>(offset));
        } while (got < 0 && errno == EINTR);
        if (got < 0) throw systemError("cannot read " + m_what);
        // A hole at the end of the file is not written: read it as zeros.
        got == 0 ? void(m_window.assign(m_window.size(), '\0'))
                 : m_window.resize(static_cast<std::size_t>(got));
    }
    return std::string_view(m_window).substr(static_cast<std::size_t>(offset - m_windowAt));
}

} // namespace rootlayer::store

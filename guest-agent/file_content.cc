#include "guest-agent/file_content.hh"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <span>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

UniqueFd openFile(int directory, const std::string& name, const std::string& path) {
    UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot open {}", quote(path)));
    // A longer read-ahead: each request to the disk is a trip out of the machine.
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return fd;
}

std::size_t pieceOf(std::uint64_t left) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
}

} // namespace

FileContent::FileContent() : m_buffer(new char[kPiece]), m_other(new char[kPiece]) {}

void FileContent::read(int directory, const std::string& name, const std::string& path, std::uint64_t size,
                       const std::function<void(std::string_view)>& take) {
    if (size == 0) return;
    const UniqueFd fd = openFile(directory, name, path);
    FdSource source(fd.get(), quote(path));
    while (size > 0) {
        const std::size_t got = source.read(std::span(m_buffer.get(), pieceOf(size)));
        if (got == 0) throw Error(ErrorCode::System, fmt::format("{} is shorter than it was", quote(path)));
        take({m_buffer.get(), got});
        size -= got;
    }
}

bool FileContent::same(int a, int b, const std::string& name, const std::string& path, std::uint64_t size) {
    const UniqueFd left = openFile(a, name, path);
    const UniqueFd right = openFile(b, name, path);
    FdSource leftSource(left.get(), quote(path));
    FdSource rightSource(right.get(), quote(path));
    while (size > 0) {
        const std::size_t wanted = pieceOf(size);
        const std::size_t got = readFully(leftSource, std::span(m_buffer.get(), wanted));
        if (got != wanted || readFully(rightSource, std::span(m_other.get(), wanted)) != wanted ||
            std::memcmp(m_buffer.get(), m_other.get(), wanted) != 0) {
            return false;
        }
        size -= wanted;
    }
    return true;
}

} // namespace rootlayer::guest

#include "guest-agent/pack/file_content.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <span>
#include <unistd.h>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::uint64_t kMinHole = std::uint64_t{64} << 10;
constexpr std::uint64_t kUsualReadAhead = std::uint64_t{128} << 10; // Linux's

/// Requests a longer read-ahead: each request to the disk leaves the machine, which is slow.
void announce(int file, std::uint64_t size) {
    if (size > kUsualReadAhead) ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
}

UniqueFd openFile(int directory, const std::string& name, const std::string& path, std::uint64_t size) {
    UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot open {}", quote(path)));
    announce(fd.get(), size);
    return fd;
}

/// Where data or a hole begins, at `at` or later: at most at `end`. A file system that cannot tell has data
/// everywhere (lseek(2)), and so has one that fails.
std::uint64_t nextOf(int file, std::uint64_t at, int what, std::uint64_t end) {
    const auto found = ::lseek(file, static_cast<off_t>(at), what);
    if (found >= 0) return std::clamp(static_cast<std::uint64_t>(found), at, end);
    return what == SEEK_DATA && errno != ENXIO ? at : end;
}

std::size_t pieceOf(std::uint64_t left) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
}

} // namespace

FileContent::FileContent() : m_buffer(kPiece, '\0'), m_other(kPiece, '\0') {}

void FileContent::read(int file, const std::string& path, std::uint64_t at, std::uint64_t size,
                       const Taker& take) {
    while (size > 0) {
        const ssize_t got = ::pread(file, m_buffer.data(), pieceOf(size), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw systemError(fmt::format("cannot read {}", quote(path)));
        if (got == 0)
            throw Error(ErrorCode::System, fmt::format("{} became shorter while it was read", quote(path)));
        take({m_buffer.data(), static_cast<std::size_t>(got)});
        size -= static_cast<std::uint64_t>(got);
        at += static_cast<std::uint64_t>(got);
    }
}

void FileContent::readSparse(int file, const std::string& path, std::uint64_t at, std::uint64_t size,
                             const Taker& take, const std::function<void(std::uint64_t)>& hole) {
    const auto end = at + size;
    while (at < end) {
        const auto data = nextOf(file, at, SEEK_DATA, end);
        if (data - at >= kMinHole) {
            hole(data - at);
            at = data;
        }
        const auto next = nextOf(file, data, SEEK_HOLE, end);
        read(file, path, at, next - at, take);
        at = next;
    }
}

bool FileContent::same(int a, int b, const std::string& name, const std::string& path, std::uint64_t size) {
    const UniqueFd left = openFile(a, name, path, size);
    const UniqueFd right = openFile(b, name, path, size);
    FdSource leftSource(left.get(), quote(path));
    FdSource rightSource(right.get(), quote(path));
    while (size > 0) {
        const std::size_t wanted = pieceOf(size);
        const std::size_t got = readFully(leftSource, std::span(m_buffer.data(), wanted));
        if (got != wanted || readFully(rightSource, std::span(m_other.data(), wanted)) != wanted ||
            std::memcmp(m_buffer.data(), m_other.data(), wanted) != 0) {
            return false;
        }
        size -= wanted;
    }
    return true;
}

} // namespace rootlayer::guest

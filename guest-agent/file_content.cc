#include "guest-agent/file_content.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <optional>
#include <span>
#include <sys/uio.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/root_path.hh"

namespace rootlayer::guest {

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kPage = 4096;
// From this size on a file is worth a descriptor of its own for direct reads.
constexpr std::uint64_t kLarge = std::uint64_t{4} << 20;
constexpr std::uint64_t kUsualReadAhead = std::uint64_t{128} << 10; // Linux's

/// A longer read-ahead: each request to the disk is a trip out of the machine.
void announce(int file, std::uint64_t size) {
    if (size > kUsualReadAhead) ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
}

UniqueFd openFile(int directory, const std::string& name, const std::string& path, std::uint64_t size) {
    UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot open {}", quote(path)));
    announce(fd.get(), size);
    return fd;
}

/// Reads a large file piece by piece: what the page cache has from there, which for what the script wrote
/// last would first have to be written out; the rest straight from the disk, since to put each page into the
/// cache costs an emulated processor more than all the rest.
class LargeFile final {
  public:
    explicit LargeFile(int file)
        : m_file(file), m_direct(::open(descriptorPath(file).c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)) {}

    /// As read(2), at `at`, which is where the last piece ended.
    ssize_t read(char* to, std::size_t most, std::uint64_t at) const {
        if (!m_direct || at % kPage != 0) return ::pread(m_file, to, most, static_cast<off_t>(at));
        const iovec piece{to, most};
        const ssize_t cached = ::preadv2(m_file, &piece, 1, static_cast<off_t>(at), RWF_NOWAIT);
        if (cached > 0) return cached;
        const std::size_t whole = (most + kPage - 1) / kPage * kPage;
        const ssize_t got = ::pread(m_direct.get(), to, whole, static_cast<off_t>(at));
        return got >= 0 ? std::min(got, static_cast<ssize_t>(most))
                        : ::pread(m_file, to, most, static_cast<off_t>(at));
    }

  private:
    int m_file;
    UniqueFd m_direct;
};

std::size_t pieceOf(std::uint64_t left) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
}

} // namespace

FileContent::FileContent() : m_buffer(makePages()), m_other(makePages()) {}

FileContent::Pages FileContent::makePages() {
    return Pages(static_cast<char*>(::operator new (kPiece, std::align_val_t{kPage})));
}

void FileContent::Free::operator()(char* pages) const {
    ::operator delete (pages, std::align_val_t{kPage});
}

void FileContent::read(int file, const std::string& path, std::uint64_t size,
                       const std::function<void(std::string_view)>& take) {
    std::optional<LargeFile> large;
    if (size >= kLarge) large.emplace(file);
    for (std::uint64_t at = 0; size > 0;) {
        const ssize_t got = large ? large->read(m_buffer.get(), pieceOf(size), at)
                                  : ::read(file, m_buffer.get(), pieceOf(size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw systemError(fmt::format("cannot read {}", quote(path)));
        if (got == 0) throw Error(ErrorCode::System, fmt::format("{} is shorter than it was", quote(path)));
        take({m_buffer.get(), static_cast<std::size_t>(got)});
        size -= static_cast<std::uint64_t>(got);
        at += static_cast<std::uint64_t>(got);
    }
}

bool FileContent::same(int a, int b, const std::string& name, const std::string& path, std::uint64_t size) {
    const UniqueFd left = openFile(a, name, path, size);
    const UniqueFd right = openFile(b, name, path, size);
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

#include "base/stream.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <poll.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer {

namespace {
constexpr std::size_t kPiece = std::size_t{256} * 1024;

/// Another process may have made a shared descriptor non-blocking, such as ssh or node on a terminal.
bool waitToWrite(int fd) {
    pollfd ready{fd, POLLOUT, 0};
    return ::poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

} // namespace

std::uint64_t copy(Source& from, Sink& to) {
    auto buffer = std::make_unique<char[]>(kPiece);
    std::uint64_t total = 0;
    while (const std::size_t got = from.read({buffer.get(), kPiece})) {
        to.write({buffer.get(), got});
        total += got;
    }
    return total;
}

std::string readAll(Source& from, std::uint64_t limit, std::string_view what) {
    StringSink collected;
    FunctionSink bounded([&](std::string_view bytes) {
        if (collected.bytes().size() + bytes.size() > limit) {
            throw Error(ErrorCode::Resource, fmt::format("{} is larger than {} bytes", what, limit));
        }
        collected.write(bytes);
    });
    copy(from, bounded);
    return collected.take();
}

std::size_t readFully(Source& from, std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const std::size_t got = from.read(buffer.subspan(filled));
        if (got == 0) break;
        filled += got;
    }
    return filled;
}

void FdSink::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR || (errno == EAGAIN && waitToWrite(m_fd))) continue;
            throw systemError(fmt::format("cannot write {}", m_what));
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::size_t FdSource::read(std::span<char> buffer) {
    for (;;) {
        const ssize_t got = ::read(m_fd, buffer.data(), buffer.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw systemError(fmt::format("cannot read {}", m_what));
    }
}

std::size_t StringSource::read(std::span<char> buffer) {
    const std::size_t count = std::min(buffer.size(), m_bytes.size());
    std::copy_n(m_bytes.data(), count, buffer.data());
    m_bytes.remove_prefix(count);
    return count;
}

} // namespace rootlayer

#include "protocol/connection.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/poll.hh"
#include "base/system_error.hh"

namespace rootlayer::protocol {

namespace {

// A read returns what is available; larger reads gain nothing.
constexpr std::size_t kReadSize = std::size_t{512} * 1024;

constexpr unsigned kCheckInterval = 64;

/// Like writev(2), but a closed socket is an error instead of SIGPIPE: a library must not kill its caller.
ssize_t writeParts(int fd, std::array<iovec, 2>& parts) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    return sent >= 0 || errno != ENOTSOCK ? sent : ::writev(fd, parts.data(), static_cast<int>(parts.size()));
}

} // namespace

Connection::Connection(UniqueFd fd, std::string peer, const CancelToken* cancel)
    : m_fd(std::move(fd)), m_peer(std::move(peer)), m_cancel(cancel) {
    const int flags = ::fcntl(m_fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(m_fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw systemError(fmt::format("cannot use the channel to {}", m_peer));
    }
}

void Connection::alsoWatch(int fd, std::function<void()> ready) {
    m_alsoWatched.push_back({fd, std::move(ready)});
}

void Connection::stopWatching(int fd) {
    std::erase_if(m_alsoWatched, [&](const Watched& each) { return each.fd == fd; });
}

/// Each call may end the watching of any descriptor.
void Connection::callReady(const std::vector<pollfd>& polled) {
    for (const auto& each : polled) {
        const auto watched = std::find_if(m_alsoWatched.begin(), m_alsoWatched.end(),
                                          [&](const Watched& one) { return one.fd == each.fd; });
        if (each.revents == 0 || watched == m_alsoWatched.end()) continue;
        const auto ready = watched->ready;
        ready();
    }
}

/// A peer that sends without a pause must not make us forget them.
void Connection::checkAlsoWatched() {
    if (m_alsoWatched.empty()) return;
    std::vector<pollfd> waits;
    for (const auto& each : m_alsoWatched)
        waits.push_back({each.fd, POLLIN, 0});
    if (pollFiles(waits, 0) > 0) callReady(waits);
}

void Connection::waitFor(short events, Deadline deadline) {
    for (;;) {
        if (m_cancel != nullptr) m_cancel->check();
        std::vector<pollfd> waits{{m_fd.get(), events, 0},
                                  {m_cancel != nullptr ? m_cancel->pollFd() : -1, POLLIN, 0}};
        for (const auto& each : m_alsoWatched)
            waits.push_back({each.fd, POLLIN, 0});
        const auto nap = m_repollInterval ? deadline.sooner(Deadline::after(*m_repollInterval)) : deadline;
        const int ready = pollFiles(waits, nap.pollTimeout());
        if (m_cancel != nullptr) m_cancel->check();
        if (ready > 0) callReady({waits.begin() + 2, waits.end()});
        if (ready > 0 && waits[0].revents != 0) return;
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, fmt::format("{} did not answer in time", m_peer));
        }
    }
}

void Connection::send(std::uint8_t type, std::string_view payload, Deadline deadline, std::uint8_t flags) {
    const auto header = encodeHeader(type, flags, payload.size());
    std::string_view front(header.data(), header.size());
    while (!front.empty() || !payload.empty()) {
        const auto written = write(front, payload);
        if (written == 0) {
            waitFor(POLLOUT, deadline);
        } else if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, fmt::format("{} reads data too slowly", m_peer));
        }
        const auto ofFront = std::min(front.size(), written);
        front.remove_prefix(ofFront);
        payload.remove_prefix(written - ofFront);
    }
}

std::size_t Connection::trySend(std::string_view encoded) {
    return write(encoded, {});
}

/// Writes what the peer takes now; 0: nothing.
std::size_t Connection::write(std::string_view front, std::string_view back) {
    std::array<iovec, 2> parts{
        {{const_cast<char*>(front.data()), front.size()}, {const_cast<char*>(back.data()), back.size()}}};
    const ssize_t written = writeParts(m_fd.get(), parts);
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno == EAGAIN || errno == EINTR) return 0;
    m_ended = true;
    throw Error(ErrorCode::Protocol, fmt::format("{} is gone", m_peer));
}

std::optional<Frame> Connection::takeFrame() {
    const auto bytes = std::string_view(m_buffer).substr(m_start, m_end - m_start);
    if (bytes.size() < kHeaderSize) return std::nullopt;
    const auto header = decodeHeader(bytes);
    if (!header.wellFormed) {
        throw Error(ErrorCode::Protocol, fmt::format("{} sent a malformed frame (type {}, length {})", m_peer,
                                                     header.type, header.length));
    }
    const std::size_t length = header.length;
    if (bytes.size() < kHeaderSize + length) return std::nullopt;
    Frame frame{header.type, header.flags, std::string(bytes.substr(kHeaderSize, length))};
    m_start += kHeaderSize + length;
    if (m_start == m_end) m_start = m_end = 0;
    return frame;
}

/// Reads what is available; false if nothing is.
bool Connection::fill() {
    if (m_start > 0) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_start, m_end - m_start);
        m_end -= std::exchange(m_start, 0);
    }
    if (m_buffer.size() < m_end + kReadSize) m_buffer.resize(m_end + kReadSize);
    const ssize_t got = ::read(m_fd.get(), m_buffer.data() + m_end, kReadSize);
    const int number = errno;
    if (got > 0) {
        m_end += static_cast<std::size_t>(got);
        return true;
    }
    if (got < 0 && (number == EAGAIN || number == EINTR)) return false;
    m_ended = true;
    throw Error(ErrorCode::Protocol,
                fmt::format("{} is gone{}", m_peer, m_end > 0 ? ", in the middle of a frame" : ""));
}

Frame Connection::receive(Deadline deadline) {
    for (;;) {
        if (auto frame = takeFrame()) {
            if (++m_received % kCheckInterval == 0) checkAlsoWatched();
            return std::move(*frame);
        }
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, fmt::format("{} did not answer in time", m_peer));
        }
        if (!fill()) waitFor(POLLIN, deadline);
    }
}

std::optional<Frame> Connection::poll() {
    for (;;) {
        if (auto frame = takeFrame()) return frame;
        if (!fill()) return std::nullopt;
    }
}

} // namespace rootlayer::protocol

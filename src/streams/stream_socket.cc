#include "streams/stream_socket.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace rootlayer::streams {

namespace {

/// The peer of the socket sees a reset instead of an orderly end.
void breakSocket(int socket) {
    const linger now{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool mustWait(int number) {
    return number == EAGAIN || number == EINTR;
}

} // namespace

StreamSocket::~StreamSocket() {
    if (!m_over) abort();
}

void StreamSocket::attach(UniqueFd socket) {
    m_socket = std::move(socket);
    ::fcntl(m_socket.get(), F_SETFL, ::fcntl(m_socket.get(), F_GETFL) | O_NONBLOCK);
}

short StreamSocket::events() const {
    int events = 0;
    if (!m_socketEnded && m_streams.room(m_id) > 0) events |= POLLIN;
    if (m_released && (!held().empty() || (m_streamEnded && !m_shutDown))) events |= POLLOUT;
    return static_cast<short>(events);
}

void StreamSocket::move(short found) {
    if (m_over || !m_socket) return;
    if ((found & (POLLOUT | POLLERR | POLLHUP)) != 0 && (events() & POLLOUT) != 0) write();
    if (!m_over && (found & (POLLIN | POLLERR | POLLHUP)) != 0 && (events() & POLLIN) != 0) read();
    if (!m_over) finishIfDone();
}

void StreamSocket::read() {
    // Only this thread uses it; clearing 64 KiB for each piece would cost more than the copy.
    static thread_local std::array<char, protocol::kMaxStreamPiece> buffer;
    const auto room = std::min(buffer.size(), m_streams.room(m_id));
    if (room == 0) return;
    const ssize_t got = ::recv(m_socket.get(), buffer.data(), room, 0);
    if (got > 0) {
        m_fromSocket += static_cast<std::size_t>(got);
        m_streams.data(m_id, {buffer.data(), static_cast<std::size_t>(got)});
    } else if (got == 0) {
        m_socketEnded = true;
        m_streams.end(m_id);
    } else if (!mustWait(errno)) {
        abort();
    }
}

/// Sends what the socket takes; 0: nothing now, or it is broken.
std::size_t StreamSocket::sendSome(std::string_view bytes) {
    const ssize_t sent = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
        if (!mustWait(errno)) abort();
        return 0;
    }
    m_toSocketTotal += static_cast<std::size_t>(sent);
    m_streams.grant(m_id, static_cast<std::size_t>(sent));
    return static_cast<std::size_t>(sent);
}

void StreamSocket::onData(std::string_view bytes) {
    if (m_over) return;
    // Without a copy, if nothing waits before it.
    if (m_socket && m_released && held().empty()) bytes.remove_prefix(sendSome(bytes));
    if (!m_over) m_toSocket += bytes;
}

void StreamSocket::write() {
    while (!held().empty()) {
        const auto sent = sendSome(held());
        if (m_over) return;
        m_written += sent;
        if (sent != 0) continue;
        m_toSocket.erase(0, std::exchange(m_written, 0));
        return;
    }
    m_toSocket.clear();
    m_written = 0;
    if (m_streamEnded && !m_shutDown) {
        m_shutDown = true;
        ::shutdown(m_socket.get(), SHUT_WR);
    }
}

void StreamSocket::finishIfDone() {
    if (!m_socketEnded || !m_shutDown) return;
    m_over = true;
    m_socket.reset();
}

void StreamSocket::onReset() {
    abort();
}

void StreamSocket::finish() {
    if (m_over) return;
    m_over = true;
    m_streams.reset(m_id);
    if (m_socket) ::shutdown(m_socket.get(), SHUT_WR);
    m_socket.reset();
}

bool StreamSocket::acknowledged() const {
    int left = 0;
    return !m_socket || ::ioctl(m_socket.get(), SIOCOUTQ, &left) != 0 || left == 0;
}

void StreamSocket::abort() {
    if (m_over) return;
    m_over = m_broken = true;
    m_streams.reset(m_id);
    if (m_socket) breakSocket(m_socket.get());
    m_socket.reset();
    m_toSocket.clear();
    m_written = 0;
}

} // namespace rootlayer::streams

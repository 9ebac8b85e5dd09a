#include "network/helper/dialer.hh"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace rootlayer::network {

namespace {

constexpr std::chrono::seconds kTimeout{20};
/// For an address that is not the last: the others shall have their turn.
constexpr std::chrono::seconds kShortTimeout{5};

} // namespace

Dialer::Dialer(std::vector<IpAddress> addresses, std::uint16_t port)
    : m_addresses(std::move(addresses)), m_port(port) {
    start();
}

void Dialer::start() {
    sockaddr_storage storage{};
    const auto length = address().fill(storage, m_port);
    m_socket = UniqueFd(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!m_socket) return next(errno);
    const int yes = 1;
    ::setsockopt(m_socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    m_deadline = Deadline::after(m_current + 1 < m_addresses.size() ? kShortTimeout : kTimeout);
    if (::connect(m_socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0) {
        m_state = State::Connected;
    } else if (errno != EINPROGRESS) {
        next(errno);
    }
}

void Dialer::next(int error) {
    m_failure = fmt::format("{}: {}", address().str(), ::strerror(error));
    m_socket.reset();
    if (m_current + 1 == m_addresses.size()) {
        m_state = State::Failed;
        return;
    }
    ++m_current;
    start();
}

Dialer::State Dialer::move() {
    if (m_state != State::Connecting) return m_state;
    pollfd ready{m_socket.get(), POLLOUT, 0};
    if (::poll(&ready, 1, 0) <= 0) {
        if (m_deadline.expired()) next(ETIMEDOUT);
        return m_state;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(m_socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        next(error);
    } else {
        m_state = State::Connected;
    }
    return m_state;
}

} // namespace rootlayer::network

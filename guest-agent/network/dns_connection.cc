#include "guest-agent/network/dns_connection.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace rootlayer::guest {

namespace {

constexpr std::size_t kLengthSize = 2;
constexpr std::size_t kMaxAnswers = 65536;

std::size_t lengthAt(std::string_view bytes) {
    return (std::size_t{static_cast<unsigned char>(bytes[0])} << 8U) | static_cast<unsigned char>(bytes[1]);
}

void append(std::string& to, std::string_view message) {
    to += static_cast<char>(message.size() >> 8U);
    to += static_cast<char>(message.size() & 0xFFU);
    to += message;
}

} // namespace

DnsConnection::DnsConnection(UniqueFd socket) : m_socket(std::move(socket)) {
    ::fcntl(m_socket.get(), F_SETFL, O_NONBLOCK);
}

short DnsConnection::events() const {
    const bool reads = !m_ended && m_out->size() < kMaxAnswers;
    return static_cast<short>((reads ? POLLIN : 0) | (m_out->empty() ? 0 : POLLOUT));
}

void DnsConnection::move(NameServer& names) {
    readQueries(names);
    if (m_socket) writeAnswers();
    // An answer that comes later is lost, as it is to a client that has gone.
    if (m_socket && m_ended && m_out->empty()) m_socket.reset();
}

void DnsConnection::readQueries(NameServer& names) {
    if (m_ended || m_out->size() >= kMaxAnswers) return;
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(m_socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) return m_socket.reset();
    if (got == 0) m_ended = true;
    m_in.append(buffer.data(), static_cast<std::size_t>(got));
    while (m_in.size() >= kLengthSize && m_in.size() >= kLengthSize + lengthAt(m_in)) {
        const auto message = m_in.substr(kLengthSize, lengthAt(m_in));
        m_in.erase(0, kLengthSize + message.size());
        names.serve(message, [out = m_out](std::string_view response) {
            if (out->size() < kMaxAnswers) append(*out, response);
        });
    }
}

void DnsConnection::writeAnswers() {
    if (m_out->empty()) return;
    const ssize_t sent = ::send(m_socket.get(), m_out->data(), m_out->size(), MSG_NOSIGNAL);
    if (sent > 0) m_out->erase(0, static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) m_socket.reset();
}

} // namespace rootlayer::guest

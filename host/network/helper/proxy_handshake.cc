#include "network/helper/proxy_handshake.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <nettle/base64.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include "base/escape.hh"

namespace rootlayer::network {

namespace {

constexpr std::size_t kMaxAnswer = 16384;
constexpr std::string_view kEnd = "\r\n\r\n";

std::string base64(std::string_view bytes) {
    std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
    ::nettle_base64_encode_raw(text.data(), bytes.size(),
                               reinterpret_cast<const std::uint8_t*>(bytes.data()));
    return text;
}

/// "HTTP/1.1 200 Connection established"
bool isSuccess(std::string_view answer) {
    constexpr std::size_t codeAt = 9;
    return answer.size() > codeAt + 3 && answer.starts_with("HTTP/1.") && answer[codeAt - 1] == ' ' &&
           answer[codeAt] == '2';
}

/// poll(2) finds the socket readable when it has so many bytes.
void wakeAt(int socket, std::size_t bytes) {
    const int wanted = static_cast<int>(bytes);
    ::setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
}

bool mustWait() {
    return errno == EAGAIN || errno == EINTR;
}

} // namespace

ProxyHandshake::ProxyHandshake(int socket, const Proxy& proxy, const std::string& host, std::uint16_t port)
    : m_socket(socket) {
    const auto target = host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                                            : fmt::format("[{}]:{}", host, port);
    m_request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
    if (!proxy.credentials.empty())
        m_request += fmt::format("Proxy-Authorization: Basic {}\r\n", base64(proxy.credentials));
    m_request += "\r\n";
}

short ProxyHandshake::events() const {
    return m_request.empty() ? POLLIN : POLLOUT;
}

ProxyHandshake::State ProxyHandshake::fail(std::string why) {
    m_failure = std::move(why);
    return State::Failed;
}

ProxyHandshake::State ProxyHandshake::move() {
    if (m_request.empty()) return readAnswer();
    const ssize_t sent = ::send(m_socket, m_request.data(), m_request.size(), MSG_NOSIGNAL);
    if (sent < 0) return mustWait() ? State::Working : fail(fmt::format("the proxy: {}", ::strerror(errno)));
    m_request.erase(0, static_cast<std::size_t>(sent));
    return State::Working;
}

/// Looks first, so that bytes of the tunnel stay in the socket.
ProxyHandshake::State ProxyHandshake::readAnswer() {
    std::array<char, kMaxAnswer> buffer{};
    const ssize_t seen = ::recv(m_socket, buffer.data(), buffer.size(), MSG_PEEK);
    if (seen < 0) return mustWait() ? State::Working : fail(fmt::format("the proxy: {}", ::strerror(errno)));
    const std::string_view answer(buffer.data(), static_cast<std::size_t>(seen));
    const auto end = answer.find(kEnd);
    if (end == std::string_view::npos) {
        // Woken without more than before: nothing more comes.
        if (answer.size() <= std::exchange(m_seen, answer.size()))
            return fail("the proxy ended the connection");
        if (answer.size() == kMaxAnswer) return fail("the proxy's answer is too long");
        wakeAt(m_socket, answer.size() + 1);
        return State::Working;
    }
    if (!isSuccess(answer)) {
        const auto line = answer.substr(0, std::min<std::size_t>(answer.find("\r\n"), 100));
        return fail(fmt::format("the proxy says {}", quote(line)));
    }
    ::recv(m_socket, buffer.data(), end + kEnd.size(), 0);
    wakeAt(m_socket, 1);
    return State::Done;
}

} // namespace rootlayer::network

#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ip_address.hh"
#include "base/unique_fd.hh"
#include "tests/network/helper/stage.hh"

namespace rootlayer::test {

/// A socket at a port of its own of 127.0.0.1 or ::1. No descriptor if this system lacks the address.
inline UniqueFd boundSocket(int type, const char* address, std::uint16_t& port) {
    sockaddr_storage storage{};
    auto length = IpAddress::parse(address).value().fill(storage, port);
    auto* const raw = reinterpret_cast<sockaddr*>(&storage);
    UniqueFd socket(::socket(storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || ::bind(socket.get(), raw, length) != 0) return UniqueFd();
    ::getsockname(socket.get(), raw, &length);
    port = ntohs(storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(storage).sin_port
                                              : reinterpret_cast<sockaddr_in6&>(storage).sin6_port);
    return socket;
}

/// A port at which nobody listens, as long as this object lives.
struct DeadPort {
    std::uint16_t port = 0;
    UniqueFd socket = boundSocket(SOCK_STREAM, "127.0.0.1", port);
};

/// A server of TCP: keeps what its clients send, and sends what the test says.
class LocalServer final : public Actor {
  public:
    struct Client {
        UniqueFd socket;
        std::string received;
        std::string toSend;
        bool endsAfter = false; ///< sends an end after toSend
        bool sawEnd = false;
        int error = 0;        ///< of its socket
        std::size_t sent = 0; ///< in all
        std::size_t done = 0; ///< of toSend

        bool over() const { return sawEnd || error != 0; }
        void close() { socket.reset(); }
        void breakOff() {
            const linger now{1, 0};
            ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
            socket.reset();
        }
    };

    explicit LocalServer(const char* address = "127.0.0.1")
        : m_listener(boundSocket(SOCK_STREAM, address, m_port)) {
        if (m_listener && ::listen(m_listener.get(), 256) != 0) throw std::runtime_error("listen");
    }
    bool exists() const { return bool(m_listener); }
    std::uint16_t port() const { return m_port; }

    /// Sends back what it receives.
    bool echoes = false;
    bool reads = true;
    /// What each client is sent at once.
    std::string greeting;
    std::deque<Client> clients;

    void addPolls(std::vector<pollfd>& polls) override {
        polls.push_back({m_listener.get(), POLLIN, 0});
        for (const auto& client : clients) {
            const int in = reads && !client.over() ? POLLIN : 0;
            const int out = client.toSend.empty() ? 0 : POLLOUT;
            const int events = in | out;
            polls.push_back({events == 0 ? -1 : client.socket.get(), static_cast<short>(events), 0});
        }
    }
    void work() override {
        while (true) {
            UniqueFd socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!socket) break;
            clients.emplace_back().socket = std::move(socket);
            clients.back().toSend = greeting;
        }
        for (auto& client : clients)
            serve(client);
    }

  private:
    void serve(Client& client) {
        if (!client.socket) return;
        static std::array<char, 65536> buffer;
        while (reads && !client.over()) {
            const auto got = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
            if (got < 0 && errno != EAGAIN) client.error = errno;
            if (got == 0) client.sawEnd = true;
            if (got <= 0) break;
            client.received.append(buffer.data(), static_cast<std::size_t>(got));
            if (echoes) client.toSend.append(buffer.data(), static_cast<std::size_t>(got));
        }
        while (!client.toSend.empty()) {
            const auto rest = std::string_view(client.toSend).substr(client.done);
            const auto put = ::send(client.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (put < 0 && errno == EAGAIN) break;
            if (put < 0) client.error = errno;
            client.sent += static_cast<std::size_t>(std::max<ssize_t>(put, 0));
            client.done += static_cast<std::size_t>(std::max<ssize_t>(put, 0));
            if (client.error == 0 && client.done < client.toSend.size()) continue;
            client.toSend.clear();
            client.done = 0;
        }
        if (client.endsAfter && client.toSend.empty()) {
            client.endsAfter = false;
            ::shutdown(client.socket.get(), SHUT_WR);
        }
    }

    std::uint16_t m_port = 0;
    UniqueFd m_listener;
};

} // namespace rootlayer::test

#pragma once

#include <cstdint>
#include <string>

#include "network/rules.hh"

namespace rootlayer::network {

/// Asks an HTTP proxy for a tunnel (RFC 9110, 9.3.6, CONNECT) on a connected socket, which stays the
/// caller's. Never waits. Reads nothing behind the proxy's answer.
class ProxyHandshake final {
  public:
    enum class State { Working, Done, Failed };

    ProxyHandshake(int socket, const Proxy& proxy, const std::string& host, std::uint16_t port);

    /// The events to poll(2) for.
    short events() const;
    State move();
    const std::string& failure() const { return m_failure; }

  private:
    State fail(std::string why);
    State readAnswer();

    int m_socket;
    std::string m_request;
    std::string m_failure;
    std::size_t m_seen = 0; ///< bytes of the answer
};

} // namespace rootlayer::network

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hh"
#include "base/ip_address.hh"
#include "base/unique_fd.hh"

namespace rootlayer::network {

/// Connects to the first of several addresses that answers, one after another. Never waits.
class Dialer final {
  public:
    enum class State { Connecting, Connected, Failed };

    Dialer(std::vector<IpAddress> addresses, std::uint16_t port);

    /// To poll(2) for POLLOUT while it is connecting; -1 otherwise.
    int fd() const { return m_state == State::Connecting ? m_socket.get() : -1; }
    /// When move() must be called if nothing happens.
    Deadline deadline() const { return m_deadline; }
    /// Call it when the descriptor is ready or the deadline has passed.
    State move();
    State state() const { return m_state; }

    /// The address that is connected to, or was tried last.
    const IpAddress& address() const { return m_addresses.at(m_current); }
    /// Once, when connected.
    UniqueFd take() { return std::move(m_socket); }
    /// Why the last address failed.
    const std::string& failure() const { return m_failure; }

  private:
    void start();
    void next(int error);

    std::vector<IpAddress> m_addresses;
    std::uint16_t m_port;
    std::size_t m_current = 0;
    UniqueFd m_socket;
    State m_state = State::Connecting;
    Deadline m_deadline = Deadline::never();
    std::string m_failure;
};

} // namespace rootlayer::network

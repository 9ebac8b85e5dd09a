#pragma once

// TCP steering: gives the script's connections to the agent, or refuses them.
//
// Every address is local in the script's network namespace (loopback.hh), so a connection to 203.0.113.7:443
// looks for a listening socket on this machine. A BPF program of type sk_lookup decides which one it finds:
//
//   127.0.0.0/8, ::1 and the machine's own address   the script's own sockets, as on any system
//   port 53, if the agent answers there              the agent's
//   an address that is open for the port             the agent's
//   all others                                       none: connect(2) fails with ECONNREFUSED
//
// What was refused goes into a queue, which the agent reads, to tell the user.
//
// An example: the caller allows example.org at port 443, and the script has asked for it. The agent has
// answered 198.18.0.2 and opened that address with port 443: the trie says {198.18.0.2/128 -> 7}, the set of
// ports says {7, 443}. A connection to 198.18.0.2:80 finds the 7, but not {7, 80}, and is refused.
//
// Rejected: to accept every connection and reset those that are not allowed. The script would see a
// connection that is made and breaks, in place of one that is refused.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/ip_address.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// Steers the connections of one network namespace.
class TcpSteering final {
  public:
    /// Attaches itself to the caller's network namespace, in which everything is closed. Throws Error{System}
    /// if the kernel cannot do that.
    TcpSteering();

    /// Opens a range of addresses for these ports; empty: for all. The longest range that an address is in
    /// decides.
    void open(const IpPrefix& range, const std::vector<std::uint16_t>& ports);
    /// Closes a range within an open one.
    void close(const IpPrefix& range);
    /// Gives the agent the connections to port 53 of any address.
    void openNameService();

    /// The sockets at which connections arrive, for IPv4 and IPv6.
    const UniqueFd& listener() const { return m_listener; }
    const UniqueFd& listener6() const { return m_listener6; }

    struct Refused {
        IpAddress address;
        std::uint16_t port = 0;
    };
    /// The next connection that was refused, if there is one.
    std::optional<Refused> takeRefused() const;

  private:
    void put(const IpPrefix& range, std::uint32_t value);

    UniqueFd m_ranges;
    UniqueFd m_ports;
    UniqueFd m_refused;
    UniqueFd m_sockets;
    UniqueFd m_listener;
    UniqueFd m_listener6;
    UniqueFd m_link;
    std::map<std::vector<std::uint16_t>, std::uint32_t> m_numbers; ///< of lists of ports
};

} // namespace rootlayer::guest

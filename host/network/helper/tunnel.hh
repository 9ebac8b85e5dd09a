#pragma once

// Tunnel: one connection of the script, on the host.
//
// The guest says what the script wants: a name or an address, and a port. It is not believed in anything
// else. In this order:
//
//   1. the rules must allow the name, or the address, with the port
//   2. the name is resolved, once, here
//   3. each address must be public or permitted, and not one of the host's own; those that are not, are
//      left out. What is checked is what is connected to: a name that resolves to something else a moment
//      later gains nothing.
//   4. connect, to one address after another; with a proxy, ask it for the name instead of 2 and 3
//   5. if the script's first bytes are TLS, its server name must be the name of 1; until that is known, none
//      of the script's bytes leave
//   6. carry bytes until both directions have ended
//
// Rejected: to check the server name against a list of the names that are allowed. A server of one allowed
// name would then also be reached by the connection of another, which the log shows as something else.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/network_options.hh>

#include "network/helper/dialer.hh"
#include "network/helper/proxy_handshake.hh"
#include "network/helper/resolver.hh"
#include "network/helper/traffic.hh"
#include "network/rules.hh"
#include "protocol/stream_messages.hh"
#include "streams/stream_socket.hh"

namespace rootlayer::network {

/// What all tunnels of a run share. The references outlive them.
struct TunnelContext {
    streams::Multiplexer& streams;
    const Rules& rules;
    Resolver& resolver;
    Traffic& traffic;
};

/// What the rules say of a target before it is resolved: nullopt: it is allowed.
std::optional<NetworkConnection> refusalOf(const protocol::TcpTarget& target, const Rules& rules);

/// See above. Never waits.
class Tunnel final {
  public:
    Tunnel(const TunnelContext& context, streams::StreamId id, protocol::TcpTarget target);
    ~Tunnel();
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    // What the multiplexer reports of the stream.
    void onData(std::string_view bytes);
    void onEnd();
    void onReset();

    /// To poll(2); -1: nothing to wait for.
    int fd() const;
    short events() const;
    Deadline deadline() const;
    /// Goes on after poll(2), also when the deadline has passed.
    void move(short found);

    /// Whether it has ended; record() is complete then.
    bool over() const { return m_over; }
    /// Whether everything that the script sent has arrived.
    bool delivered() const;
    /// Ends it with the run.
    void finish();
    const NetworkConnection& record() const { return m_record; }

  private:
    using Outcome = NetworkConnection::Outcome;

    void begin();
    void onResolved(const Resolution& resolution);
    void dial(std::vector<IpAddress> addresses, std::uint16_t port);
    void connected();
    void open();
    bool mayConnectTo(const IpAddress& address) const;
    void inspect();
    void noteHello(std::string_view bytes);
    void settle();
    void close(Outcome outcome, std::string message = {});

    TunnelContext m_context;
    protocol::TcpTarget m_target;
    bool m_isName;
    streams::StreamSocket m_stream;
    std::optional<Dialer> m_dialer;
    UniqueFd m_proxySocket; ///< until the proxy has answered
    std::optional<ProxyHandshake> m_handshake;
    Deadline m_handshakeLimit = Deadline::never();
    bool m_open = false;
    std::string m_hello; ///< of a connection to an address: the script's first bytes, for the log
    bool m_inspected = false;
    bool m_over = false;
    std::uint64_t m_counted = 0;
    NetworkConnection m_record;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace rootlayer::network

#include "network/helper/tunnel.hh"

#include <cstdint>
#include <poll.h>
#include <sys/socket.h>

#include "network/helper/client_hello.hh"
#include "network/helper/own_addresses.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

using Outcome = NetworkConnection::Outcome;

constexpr std::chrono::seconds kProxyTimeout{30};

struct Choice {
    std::vector<IpAddress> addresses;
    std::optional<NetworkConnection> refusal; ///< of the first address that is not among them
};

/// Leaves out the addresses that must not be connected to.
Choice choose(const std::vector<IpAddress>& all, const protocol::TcpTarget& target, const Rules& rules) {
    Choice choice;
    for (const auto& address : all) {
        auto outcome = Outcome::Done;
        if (rules.refusal(address, target.port)) {
            outcome = Outcome::Floor;
        } else if (!rules.permits(address, target.port) && isOwnAddress(address)) {
            outcome = Outcome::OwnAddress;
        }
        if (outcome == Outcome::Done) {
            choice.addresses.push_back(address);
        } else if (!choice.refusal) {
            choice.refusal = NetworkConnection{
                .host = target.host, .port = target.port, .address = address.str(), .outcome = outcome};
        }
    }
    return choice;
}

/// Whether both ends of a connection have the same address, which is one of this host's then.
bool isOfThisHost(const UniqueFd& socket) {
    sockaddr_storage own{};
    sockaddr_storage peer{};
    socklen_t ownLength = sizeof own;
    socklen_t peerLength = sizeof peer;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &ownLength) != 0 ||
        ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &peerLength) != 0)
        return true;
    return IpAddress::of(own) == IpAddress::of(peer);
}

} // namespace

std::optional<NetworkConnection> refusalOf(const protocol::TcpTarget& target, const Rules& rules) {
    NetworkConnection refused{.host = target.host, .port = target.port, .outcome = Outcome::NotAllowed};
    const auto address = IpAddress::parse(target.host);
    if (!address) return rules.allows(target.host, target.port) ? std::nullopt : std::optional(refused);
    refused.address = address->str();
    if (rules.refusal(*address, target.port)) {
        refused.outcome = Outcome::Floor;
        return refused;
    }
    return rules.allowsAddress(*address, target.port) ? std::nullopt : std::optional(refused);
}

Tunnel::Tunnel(const TunnelContext& context, streams::StreamId id, protocol::TcpTarget target)
    : m_context(context), m_target(std::move(target)), m_isName(!IpAddress::parse(m_target.host)),
      m_stream(context.streams, id) {
    m_record.host = m_target.host;
    m_record.port = m_target.port;
    m_stream.release(false);
    begin();
}

Tunnel::~Tunnel() {
    *m_alive = false;
}

void Tunnel::begin() {
    if (auto refused = refusalOf(m_target, m_context.rules)) {
        m_record.address = refused->address;
        return close(refused->outcome);
    }
    const auto literal = IpAddress::parse(m_target.host);
    if (literal && !mayConnectTo(*literal)) {
        m_record.address = literal->str();
        return close(Outcome::OwnAddress);
    }
    if (!m_context.traffic.admitConnection()) return close(Outcome::Limit);
    if (const auto& proxy = m_context.rules.proxy()) {
        if (const auto address = IpAddress::parse(proxy->host)) return dial({*address}, proxy->port);
        return m_context.resolver.resolve(proxy->host, [this, alive = m_alive](const Resolution& resolution) {
            if (!*alive || m_over) return;
            if (resolution.status != Resolution::Status::Found)
                return close(Outcome::Failed, "the proxy's name cannot be resolved");
            dial(resolution.addresses, m_context.rules.proxy()->port);
        });
    }
    if (literal) return onResolved({Resolution::Status::Found, {*literal}, {}});
    m_context.resolver.resolve(m_target.host, [this, alive = m_alive](const Resolution& resolution) {
        if (*alive && !m_over) onResolved(resolution);
    });
}

/// Whether it is not one of this host's own addresses, or permitted.
bool Tunnel::mayConnectTo(const IpAddress& address) const {
    return m_context.rules.permits(address, m_target.port) || !isOwnAddress(address);
}

void Tunnel::onResolved(const Resolution& resolution) {
    if (resolution.status == Resolution::Status::NotFound) return close(Outcome::NotFound);
    if (resolution.status == Resolution::Status::Failed) return close(Outcome::Failed, resolution.message);
    auto choice = choose(resolution.addresses, m_target, m_context.rules);
    if (!choice.addresses.empty()) return dial(std::move(choice.addresses), m_target.port);
    m_record.address = choice.refusal->address;
    close(choice.refusal->outcome);
}

void Tunnel::dial(std::vector<IpAddress> addresses, std::uint16_t port) {
    m_dialer.emplace(std::move(addresses), port);
    if (m_dialer->state() != Dialer::State::Connecting) connected();
}

void Tunnel::connected() {
    if (!m_context.rules.proxy()) m_record.address = m_dialer->address().str();
    if (m_dialer->state() == Dialer::State::Failed) return close(Outcome::Failed, m_dialer->failure());
    if (const auto& proxy = m_context.rules.proxy()) {
        m_proxySocket = m_dialer->take();
        m_handshake.emplace(m_proxySocket.get(), *proxy, m_target.host, m_target.port);
        m_handshakeLimit = Deadline::after(kProxyTimeout);
        return;
    }
    m_proxySocket = m_dialer->take();
    // Addresses come and go, and a route can make any address local; nothing was sent yet.
    const auto& address = m_dialer->address();
    if (!mayConnectTo(address) ||
        (!m_context.rules.permits(address, m_target.port) && isOfThisHost(m_proxySocket)))
        return close(Outcome::OwnAddress);
    open();
}

void Tunnel::open() {
    m_stream.attach(std::move(m_proxySocket));
    m_open = true;
    inspect();
}

/// Decides whether the script's bytes may leave (step 5).
void Tunnel::inspect() {
    if (m_inspected || !m_open || m_stream.held().empty()) return;
    if (m_isName) {
        const auto hello = readClientHello(m_stream.held());
        const bool isComplete = hello.state == ClientHello::State::Complete;
        // A hello that breaks off is none.
        if (hello.state == ClientHello::State::Incomplete && !m_stream.streamEnded()) return;
        if (isComplete) m_record.tlsName = hello.serverName;
        if (hello.state != ClientHello::State::NotTls &&
            (!isComplete || canonicalName(hello.serverName) != m_target.host))
            return close(Outcome::TlsName);
    }
    m_inspected = true;
    m_stream.release(true);
}

/// A connection to an address may ask for any server; the log has the name.
void Tunnel::noteHello(std::string_view bytes) {
    if (m_isName || m_hello.size() > kMaxClientHello || !m_record.tlsName.empty()) return;
    if (m_hello.empty() && readClientHello(bytes).state == ClientHello::State::NotTls) {
        m_hello.assign(kMaxClientHello + 1, '\0'); // never looked at again
        return;
    }
    m_hello += bytes;
    m_record.tlsName = readClientHello(m_hello).serverName;
}

void Tunnel::onData(std::string_view bytes) {
    if (m_over) return;
    noteHello(bytes);
    m_stream.onData(bytes);
    inspect();
    if (!m_over) settle();
}

void Tunnel::onEnd() {
    if (m_over) return;
    m_stream.onEnd();
    // Without a byte from the script there is nothing to inspect.
    if (m_stream.held().empty()) {
        m_inspected = true;
        m_stream.release(true);
    } else {
        inspect();
    }
}

void Tunnel::onReset() {
    if (!m_over) close(Outcome::Broken);
}

int Tunnel::fd() const {
    if (m_open) return m_stream.fd();
    if (m_handshake) return m_proxySocket.get();
    return m_dialer ? m_dialer->fd() : -1;
}

short Tunnel::events() const {
    if (m_open) return m_stream.events();
    if (m_handshake) return m_handshake->events();
    return m_dialer ? POLLOUT : short{0};
}

Deadline Tunnel::deadline() const {
    if (m_open || m_over) return Deadline::never();
    if (m_handshake) return m_handshakeLimit;
    return m_dialer ? m_dialer->deadline() : Deadline::never();
}

void Tunnel::move(short found) {
    if (m_over) return;
    if (m_open) {
        m_stream.move(found);
        settle();
    } else if (m_handshake) {
        if (m_handshakeLimit.expired()) return close(Outcome::Failed, "the proxy does not answer");
        const auto state = m_handshake->move();
        if (state == ProxyHandshake::State::Failed) return close(Outcome::Failed, m_handshake->failure());
        if (state == ProxyHandshake::State::Done) open();
    } else if (m_dialer && m_dialer->move() != Dialer::State::Connecting) {
        connected();
    }
}

/// After bytes may have moved.
void Tunnel::settle() {
    const auto total = m_stream.fromSocket() + m_stream.toSocket();
    if (!m_context.traffic.admitBytes(total - std::exchange(m_counted, total))) return close(Outcome::Limit);
    if (m_stream.over()) close(m_stream.broken() ? Outcome::Broken : Outcome::Done);
}

bool Tunnel::delivered() const {
    return m_over || (m_stream.held().empty() && m_stream.acknowledged());
}

void Tunnel::finish() {
    if (m_over) return;
    if (m_open && m_stream.held().empty()) m_stream.finish();
    close(m_open ? Outcome::Done : Outcome::Broken);
}

void Tunnel::close(Outcome outcome, std::string message) {
    m_over = true;
    m_record.outcome = outcome;
    m_record.message = std::move(message);
    m_record.sent = m_stream.toSocket();
    m_record.received = m_stream.fromSocket();
    m_record.connected = m_open;
    m_stream.abort();
}

} // namespace rootlayer::network

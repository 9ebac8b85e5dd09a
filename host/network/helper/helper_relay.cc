#include "network/helper/helper_relay.hh"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "network/helper/own_addresses.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

using protocol::NameAnswer;
using protocol::StreamKind;
using streams::StreamId;
using Outcome = NetworkConnection::Outcome;

constexpr std::chrono::seconds kDeliveryTimeout{10};
constexpr std::chrono::milliseconds kLookAgain{20};
constexpr std::size_t kMaxTold = 10'000;
/// More ports than that do not fit in one answer. The guest may then connect to all, and is refused here.
constexpr std::size_t kMaxPorts = 1000;

/// Whether any port of the address may be connected to.
bool isReachable(const IpAddress& address, const Rules& rules) {
    const auto& permits = rules.permittedPrefixes();
    if (std::any_of(permits.begin(), permits.end(),
                    [&](const PrefixRule& rule) { return rule.prefix.contains(address); }))
        return true;
    return !rules.refusal(address, 0) && !isOwnAddress(address);
}

/// Whether the end of the control pipe comes with the wish to deliver what is under way: a byte says no.
bool mayDeliver(int control) {
    char byte = 0;
    return ::read(control, &byte, 1) <= 0;
}

} // namespace

HelperRelay::HelperRelay(UniqueFd port, const Rules& rules, const NetworkOptions& limits, Resolver& resolver,
                         Record record)
    : m_rules(rules), m_resolver(resolver), m_record(std::move(record)),
      m_traffic(limits.maxConnections, limits.maxBytes),
      m_streams(std::move(port), "the guest", streams::Multiplexer::Role::Accepts, *this) {}

void HelperRelay::onOpen(StreamId id, StreamKind kind, std::string_view target) {
    switch (kind) {
    case StreamKind::Tcp:
        return openTcp(id, target);
    case StreamKind::RefusedTcp:
        return noteRefused(target);
    case StreamKind::Name:
        return answerName(id, std::string(target));
    }
}

void HelperRelay::onData(StreamId id, std::string_view bytes) {
    const auto found = m_tunnels.find(id);
    if (found != m_tunnels.end()) return found->second->onData(bytes);
    m_streams.reset(id); // a question has no data
}

void HelperRelay::onEnd(StreamId id) {
    if (const auto found = m_tunnels.find(id); found != m_tunnels.end()) found->second->onEnd();
}

void HelperRelay::onReset(StreamId id) {
    m_questions.erase(id);
    if (const auto found = m_tunnels.find(id); found != m_tunnels.end()) found->second->onReset();
}

void HelperRelay::openTcp(StreamId id, std::string_view text) {
    auto target = protocol::decodeTcpTarget(text);
    if (!target || (!IpAddress::parse(target->host) && canonicalName(target->host) != target->host))
        return m_streams.reset(id);
    if (const auto address = IpAddress::parse(target->host)) target->host = address->str();
    m_tunnels.emplace(id, std::make_unique<Tunnel>(TunnelContext{m_streams, m_rules, m_resolver, m_traffic},
                                                   id, std::move(*target)));
}

void HelperRelay::noteRefused(std::string_view text) {
    const auto target = protocol::decodeTcpTarget(text);
    if (!target || (!IpAddress::parse(target->host) && canonicalName(target->host) != target->host)) return;
    if (const auto refused = refusalOf(*target, m_rules)) record(*refused);
}

void HelperRelay::answerName(StreamId id, const std::string& name) {
    if (canonicalName(name) != name) return reply(id, {NameAnswer::Verdict::NotFound});
    if (!m_rules.portsOf(name)) {
        recordName(name, Outcome::NotAllowed);
        return reply(id, {NameAnswer::Verdict::Refused});
    }
    // The proxy resolves it.
    if (m_rules.proxy()) return answerResolved(id, name, {Resolution::Status::Found, {}, {}});
    m_questions.insert(id);
    m_resolver.resolve(name, [this, id, name](const Resolution& resolution) {
        if (m_questions.erase(id) != 0) answerResolved(id, name, resolution);
    });
}

void HelperRelay::answerResolved(StreamId id, const std::string& name, const Resolution& resolution) {
    if (resolution.status == Resolution::Status::NotFound) {
        recordName(name, Outcome::NotFound);
        return reply(id, {NameAnswer::Verdict::NotFound});
    }
    if (resolution.status == Resolution::Status::Failed) {
        recordName(name, Outcome::Failed, {}, resolution.message);
        return reply(id, {NameAnswer::Verdict::Failed});
    }
    const auto& addresses = resolution.addresses;
    const bool reachable =
        addresses.empty() || std::any_of(addresses.begin(), addresses.end(), [&](const IpAddress& address) {
            return isReachable(address, m_rules);
        });
    if (!reachable) {
        const auto& first = addresses.front();
        recordName(name, m_rules.refusal(first, 0) ? Outcome::Floor : Outcome::OwnAddress, first.str());
        return reply(id, {NameAnswer::Verdict::Refused});
    }
    auto ports = *m_rules.portsOf(name);
    if (ports.size() > kMaxPorts) ports.clear();
    reply(id, {NameAnswer::Verdict::Allowed, std::move(ports)});
}

void HelperRelay::reply(StreamId id, const NameAnswer& answer) {
    m_streams.data(id, protocol::encode(answer));
    m_streams.end(id);
}

void HelperRelay::recordName(const std::string& name, Outcome outcome, const std::string& address,
                             const std::string& message) {
    record({.host = name, .address = address, .outcome = outcome, .message = message});
}

/// What was refused is told once, and not without end: a guest can ask for anything as often as it likes.
/// Connections that were made have their own limit.
void HelperRelay::record(const NetworkConnection& connection) {
    if (!connection.connected) {
        const auto key = fmt::format("{} {} {} {}", connection.host, connection.port,
                                     static_cast<int>(connection.outcome), connection.tlsName);
        if (m_told.size() == kMaxTold || !m_told.insert(key).second) return;
    }
    m_record(connection);
}

bool HelperRelay::delivered() const {
    return m_bye && m_streams.queued() == 0 &&
           std::all_of(m_tunnels.begin(), m_tunnels.end(),
                       [](const auto& tunnel) { return tunnel.second->delivered(); });
}

void HelperRelay::clearEnded() {
    for (auto it = m_tunnels.begin(); it != m_tunnels.end();) {
        if (it->second->over()) {
            record(it->second->record());
            it = m_tunnels.erase(it);
        } else {
            ++it;
        }
    }
}

void HelperRelay::turn(int control, bool& finishing, Deadline limit) {
    std::vector<pollfd> polls{{m_streams.events() != 0 ? m_streams.fd() : -1, m_streams.events(), 0},
                              {finishing ? -1 : control, POLLIN, 0}};
    std::vector<StreamId> ids;
    for (auto it = m_tunnels.upper_bound(m_turn); it != m_tunnels.end(); ++it)
        ids.push_back(it->first);
    for (auto it = m_tunnels.begin(); it != m_tunnels.upper_bound(m_turn); ++it)
        ids.push_back(it->first);
    for (const auto id : ids) {
        const auto& tunnel = *m_tunnels.at(id);
        polls.push_back({tunnel.events() != 0 ? tunnel.fd() : -1, tunnel.events(), 0});
        limit = limit.sooner(tunnel.deadline());
    }
    std::vector<pollfd> resolving;
    m_resolver.addPolls(resolving);
    const auto firstResolving = polls.size();
    polls.insert(polls.end(), resolving.begin(), resolving.end());
    int timeout = limit.pollTimeout();
    if (const int other = m_resolver.timeout(); other >= 0)
        timeout = timeout < 0 ? other : std::min(timeout, other);
    ::poll(polls.data(), polls.size(), m_streams.hasMore() ? 0 : timeout);

    if (polls[1].revents != 0) finishing = true;
    m_resolver.serve({polls.begin() + static_cast<std::ptrdiff_t>(firstResolving), polls.end()});
    m_streams.flush();
    if (polls[0].revents != 0 || m_streams.hasMore()) m_streams.receive();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto tunnel = m_tunnels.find(ids[i]);
        const auto found = polls[i + 2].revents;
        if (tunnel == m_tunnels.end() || (found == 0 && !tunnel->second->deadline().expired())) continue;
        tunnel->second->move(found);
        m_turn = ids[i];
    }
    clearEnded();
    m_streams.flush();
}

void HelperRelay::run(int control) {
    try {
        serve(control);
    } catch (...) {
        for (const auto& [id, tunnel] : m_tunnels)
            tunnel->onReset();
        clearEnded();
        throw;
    }
    for (const auto& [id, tunnel] : m_tunnels)
        tunnel->finish();
    clearEnded();
}

void HelperRelay::serve(int control) {
    bool finishing = false;
    while (!finishing)
        turn(control, finishing, Deadline::never());
    const auto limit = Deadline::after(kDeliveryTimeout);
    const bool deliver = mayDeliver(control);
    // Nothing says when a peer has acknowledged what it was sent.
    while (deliver && !delivered() && !limit.expired())
        turn(control, finishing, limit.sooner(Deadline::after(kLookAgain)));
}

} // namespace rootlayer::network

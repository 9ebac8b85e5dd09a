#include "guest-agent/script/run_network.hh"

#include <cstdint>
#include <fmt/format.h>

namespace rootlayer::guest {

namespace {

constexpr std::size_t kMaxReported = 1000;

} // namespace

RunNetwork::RunNetwork(ScriptNamespaces& namespaces, const std::optional<protocol::NetworkRequest>& request)
    : m_namespaces(namespaces), m_network(namespaces.network()) {
    if (request) m_relay.emplace(m_network, *request);
    m_namespaces.watch().begin();
}

std::array<int, 2> RunNetwork::fds() const {
    auto* names = m_network.names();
    if (m_relay || names == nullptr) return {-1, -1};
    return {names->socket().get(), names->socket6().get()};
}

void RunNetwork::serve(HostLink& link) {
    watchPackets(link);
    if (!m_relay) return refuseAll(link);
    if (m_toldOfRelay || m_relay->running()) return;
    m_toldOfRelay = true;
    link.warn("the script's network has failed: its connections are broken");
}

void RunNetwork::refuseAll(HostLink& link) {
    auto* names = m_network.names();
    if (names == nullptr) return;
    names->setAsk([&](const std::string& name) {
        reportRefused(link, name, 0);
        names->answer(name, NameServer::Verdict::Refused);
    });
    names->serve();
    names->setAsk({});
    auto* steering = m_network.steering();
    while (steering != nullptr && m_reported.size() < kMaxReported) {
        const auto refused = steering->takeRefused();
        if (!refused) return;
        reportRefused(link, refused->address.str(), refused->port);
    }
}

void RunNetwork::reportRefused(HostLink& link, const std::string& host, std::uint16_t port) {
    if (m_reported.size() == kMaxReported || !m_reported.insert(fmt::format("{} {}", host, port)).second)
        return;
    link.refused(host, port);
}

/// Neither DNS nor TCP, which are counted as they are refused.
void RunNetwork::watchPackets(HostLink& link) {
    if (m_toldOfPackets || m_namespaces.watch().sinceBegin() == 0) return;
    m_toldOfPackets = true;
    link.warn(
        "the script sent UDP or ICMP packets that reached nobody: only TCP connections and DNS leave the "
        "machine");
}

void RunNetwork::finish(HostLink& link) {
    serve(link);
    if (m_relay) m_relay->finish([&] { link.tick(); });
}

} // namespace rootlayer::guest

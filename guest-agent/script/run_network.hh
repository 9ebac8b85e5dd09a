#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "guest-agent/link/host_link.hh"
#include "guest-agent/network/relay_process.hh"
#include "guest-agent/script/script_namespaces.hh"

namespace rootlayer::guest {

/// The network of one run: a relay to the host if the script has a network; otherwise the answers that say
/// there is none, and the reports of what the script wanted to reach.
class RunNetwork final {
  public:
    /// Starts the relay if there is a request. Construct it before pipes to the script exist, which the relay
    /// would keep open. Throws like RelayProcess.
    RunNetwork(ScriptNamespaces& namespaces, const std::optional<protocol::NetworkRequest>& request);

    /// Readable when serve() has work; -1: none.
    std::array<int, 2> fds() const;
    /// Call it often while the script runs.
    void serve(HostLink& link);
    /// Call it when the script has ended. Waits for what it sent to be delivered.
    void finish(HostLink& link);

  private:
    void refuseAll(HostLink& link);
    void reportRefused(HostLink& link, const std::string& host, std::uint16_t port);
    void watchPackets(HostLink& link);

    ScriptNamespaces& m_namespaces;
    ScriptNetwork& m_network;
    std::optional<RelayProcess> m_relay;
    std::set<std::string> m_reported;
    bool m_toldOfPackets = false;
    bool m_toldOfRelay = false;
};

} // namespace rootlayer::guest

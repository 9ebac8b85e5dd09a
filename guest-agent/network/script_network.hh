#pragma once

#include <optional>
#include <string>

#include "guest-agent/network/name_server.hh"
#include "guest-agent/network/tcp_steering.hh"

namespace rootlayer::guest {

/// What the agent has in the script's network namespace: the only way out of it. Made once, before a snapshot
/// of the machine is taken, with everything closed.
class ScriptNetwork final {
  public:
    /// Sets up the caller's network namespace. What the kernel cannot do is missing, and failure() says why.
    ScriptNetwork();

    /// nullptr: names are not answered, and programs find no name server.
    NameServer* names() { return m_names ? &*m_names : nullptr; }
    /// nullptr: connections cannot be steered; all are refused.
    TcpSteering* steering() { return m_steering ? &*m_steering : nullptr; }
    const std::string& failure() const { return m_failure; }

  private:
    std::optional<NameServer> m_names;
    std::optional<TcpSteering> m_steering;
    std::string m_failure;
};

} // namespace rootlayer::guest

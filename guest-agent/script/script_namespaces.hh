#pragma once

#include <memory>

#include "base/unique_fd.hh"
#include "guest-agent/network/script_network.hh"
#include "guest-agent/script/network_watch.hh"

namespace rootlayer::guest {

/// The script's ipc and network namespaces, the latter set up. They are made before a machine is
/// frozen, because a network namespace takes long: Linux sets up every protocol again.
class ScriptNamespaces final {
  public:
    /// Needs root and /proc. The caller stays in its own namespaces. Throws Error{System}.
    static ScriptNamespaces make();

    /// Moves the calling process into them. Throws Error{System}.
    void enter() const;

    ScriptNetwork& network() { return *m_network; }
    NetworkWatch& watch() { return m_watch; }

  private:
    UniqueFd m_ipc;
    UniqueFd m_networkNamespace;
    NetworkWatch m_watch;
    std::unique_ptr<ScriptNetwork> m_network;
};

} // namespace rootlayer::guest

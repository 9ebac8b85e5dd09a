#pragma once

#include <functional>
#include <sys/types.h>

#include "base/unique_fd.hh"
#include "guest-agent/network/script_network.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

/// A process that carries the script's connections while it runs, so that they and the agent do not wait for
/// each other. The destructor kills it.
class RelayProcess final {
  public:
    /// Opens what the request names, and starts the process. The network is the process's from now on.
    /// Throws Error{Machine} if the guest's kernel cannot give the script a network.
    RelayProcess(ScriptNetwork& network, const protocol::NetworkRequest& request);
    ~RelayProcess();
    RelayProcess(const RelayProcess&) = delete;
    RelayProcess& operator=(const RelayProcess&) = delete;

    /// Whether it still runs. If not, the script's connections fail.
    bool running();
    /// After the last process of the script has ended: waits until what it sent was delivered, for some
    /// seconds at most. `tick` is called often.
    void finish(const std::function<void()>& tick);

  private:
    pid_t m_pid = -1;
    UniqueFd m_lifeline; ///< the process works while it is open
};

} // namespace rootlayer::guest

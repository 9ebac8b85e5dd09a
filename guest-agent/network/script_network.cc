#include "guest-agent/network/script_network.hh"

#include <rootlayer/error.hh>

#include "guest-agent/network/loopback.hh"

namespace rootlayer::guest {

ScriptNetwork::ScriptNetwork() {
    // A script without a network runs all the same.
    try {
        setUpLoopback();
        m_names.emplace();
        m_steering.emplace();
    } catch (const Error& error) {
        m_failure = error.message();
    }
}

} // namespace rootlayer::guest

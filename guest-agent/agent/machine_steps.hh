#pragma once

#include "guest-agent/agent/agent.hh"

namespace rootlayer::guest {

/// The steps in the real guest: disks, overlay root, script, upper directory (layout.hh).
Steps machineSteps();

/// The agent's first message. `version` is the agent's.
protocol::Hello machineHello(const std::string& version);

} // namespace rootlayer::guest

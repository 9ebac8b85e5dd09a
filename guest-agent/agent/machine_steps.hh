#pragma once

#include "guest-agent/agent/agent.hh"

namespace rootlayer::guest {

/// The steps as they are done in the guest: disks, overlay root, script, upper directory (layout.hh).
Steps machineSteps();

/// What the agent says first. `version` is its own.
protocol::Hello machineHello(const std::string& version);

} // namespace rootlayer::guest

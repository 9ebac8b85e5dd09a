#pragma once

#include "guest-agent/link/host_link.hh"
#include "guest-agent/script/run_clock.hh"
#include "guest-agent/script/script_plan.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

/// Runs the script in new namespaces, sends its output to the host as it comes, and returns how it ended;
/// none of its processes is left then (W22). Kills it when its timeout expires or the host sends Cancel.
/// `clock` follows changes of the guest's clock; may be null. Needs root. Throws Error if the setup fails or
/// the host is gone.
protocol::RunReply runScript(const protocol::RunRequest& request, const ScriptPlan& plan, HostLink& link,
                             RunClock* clock = nullptr);

} // namespace rootlayer::guest

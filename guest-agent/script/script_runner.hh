#pragma once

#include "guest-agent/link/host_link.hh"
#include "guest-agent/script/run_clock.hh"
#include "guest-agent/script/script_plan.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

/// Runs the script in new namespaces, hands what it writes to the host as it comes, and says how it ended; no
/// process of it is left then (W22). Ends it early when its time is over, or when the host sends Cancel.
/// `clock` is told when the script sets the guest's clock; may be null. Needs root. Throws Error when its
/// world cannot be made, or the host is gone.
protocol::RunReply runScript(const protocol::RunRequest& request, const ScriptPlan& plan, HostLink& link,
                             RunClock* clock = nullptr);

} // namespace rootlayer::guest

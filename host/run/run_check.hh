#pragma once

#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "run/host_limits.hh"

namespace rootlayer::run {

/// Refuses what no run can be: sizes, counts, times, words of the environment. Throws Error{Usage} naming the
/// command's option. Needs nothing of the host.
void checkSpec(const RunSpec& spec);

/// Refuses a machine that this host cannot make, before anything is read or started. Throws Error{Resource}
/// that says what there is. Returns warnings about one that it can, but badly.
std::vector<std::string> checkMachine(const RunSpec& spec, const HostLimits& host);

} // namespace rootlayer::run

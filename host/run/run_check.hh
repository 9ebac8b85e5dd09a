#pragma once

#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "run/host_limits.hh"

namespace rootlayer::run {

/// Checks sizes, counts, times and words against limits that hold on every host. Throws Error{Usage} naming
/// the command's option.
void checkSpec(const RunSpec& spec);

/// Checks the machine against the host's limits. Call it before anything is read or started. Throws
/// Error{Resource} naming the limit if the machine exceeds one, and Error{System} without /proc. Returns
/// warnings about a machine that may be killed or slow.
std::vector<std::string> checkMachine(const RunSpec& spec, const HostLimits& host);

} // namespace rootlayer::run

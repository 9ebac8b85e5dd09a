#pragma once

#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// Puts into the result how the script ended: the status that a shell would show, and for a failure the
/// reason, where in the script it was, and what is known to help (more memory, more disk, other line ends).
/// Throws Error{Timeout} for a script that ran out of time.
void recordOutcome(const protocol::RunReply& reply, const RunSpec& spec, RunResult& result);

} // namespace rootlayer::run

#pragma once

#include <rootlayer/error.hh>
#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>

#include "protocol/messages.hh"
#include "run/run_steps.hh"

namespace rootlayer::run {

/// Records how a script ended. Sets the result's exit status, as a shell would show it, and for a failure the
/// reason, the place in the script and a hint (more memory, more disk, other line endings). Sets the peaks
/// too, at most what the machine has. Throws Error{Timeout} if the script reached its time limit,
/// Error{Cancelled} if it was cancelled.
void recordOutcome(const protocol::RunReply& reply, const RunStep& step, const RunSpec& spec,
                   RunResult& result);

/// The error for a guest that was lost, or does not answer, after the script's time limit: a timeout, too.
Error timeoutThen(const Error& lost, const RunStep& step, const RunSpec& spec);

} // namespace rootlayer::run

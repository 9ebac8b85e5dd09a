#include "build/outcome.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"

namespace rootlayer::build {

namespace {

using How = protocol::RunReply::How;

constexpr std::uint64_t kFullDisk = std::uint64_t{1} << 20;

/// What the guest saw that may have made the script fail.
std::string likelyHelp(const protocol::RunReply& reply) {
    if (reply.oomKills > 0) {
        return fmt::format("the guest ran out of memory (at most {} were in use): give it more with --memory",
                           humanSize(reply.peakMemory));
    }
    if (reply.freeDisk < kFullDisk) {
        return fmt::format("the script filled its disk ({} were in use): give it more with --disk-size",
                           humanSize(reply.peakDisk));
    }
    return {};
}

} // namespace

void recordOutcome(const protocol::RunReply& reply, const std::string& scriptName, RunResult& result) {
    result.peakMemory = reply.peakMemory;
    result.peakDisk = reply.peakDisk;
    const std::string script = "the script " + quote(scriptName);
    switch (reply.how) {
    case How::Exited:
        result.exitStatus = reply.value;
        if (reply.value != 0) result.exitReason = fmt::format("{} ended with status {}", script, reply.value);
        break;
    case How::Signalled:
        result.exitStatus = 128 + reply.value;
        result.exitReason = fmt::format("{} was ended by signal {}", script, reply.value);
        break;
    case How::NotExecutable:
        result.exitStatus = 126;
        result.exitReason = fmt::format("{} could not be executed: {}", script, reply.message);
        break;
    case How::NotFound:
        result.exitStatus = 127;
        result.exitReason = fmt::format("{} was not run: {}", script, reply.message);
        result.exitHint = "name an interpreter that the base has, in the script's first line or with --shell";
        break;
    case How::TimedOut:
        throw Error(ErrorCode::Timeout, fmt::format("{} did not end within its --timeout", script),
                    "a longer --timeout");
    case How::Cancelled:
        throw Error(ErrorCode::Cancelled, "stopped on request");
    }
    if (result.exitStatus != 0 && result.exitHint.empty()) result.exitHint = likelyHelp(reply);
}

} // namespace rootlayer::build

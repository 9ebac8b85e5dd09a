#include "run/outcome.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include "base/escape.hh"
#include "base/units.hh"
#include "run/script_text.hh"

namespace rootlayer::run {

namespace {

using How = protocol::RunReply::How;

constexpr std::uint64_t kFullDisk = std::uint64_t{1} << 20;
constexpr std::uint64_t kFewInodes = 16;

/// More than how the script ended: what the guest ran out of.
ScriptFailure likelyFailure(const protocol::RunReply& reply) {
    if (reply.how == How::NotExecutable) return ScriptFailure::NotExecutable;
    if (reply.how == How::NotFound) return ScriptFailure::InterpreterMissing;
    if (reply.oomKills > 0) return ScriptFailure::OutOfMemory;
    if (reply.freeDisk < kFullDisk || reply.freeInodes < kFewInodes) return ScriptFailure::DiskFull;
    return reply.how == How::Signalled ? ScriptFailure::Killed : ScriptFailure::Failed;
}

/// A hint from what the guest observed; empty if there is nothing to suggest.
std::string likelyHelp(const protocol::RunReply& reply, const RunResult& result, std::string_view script) {
    if (reply.oomKills > 0) {
        return fmt::format("the guest ran out of memory (at most {} in use): use more --memory",
                           humanSize(result.peakMemory));
    }
    if (reply.freeDisk < kFullDisk) {
        return fmt::format("the script filled its disk ({} in use): use a larger --disk-size",
                           humanSize(result.peakDisk));
    }
    if (reply.freeInodes < kFewInodes) {
        return "the script's disk has no inodes left for new files: use a larger --disk-size, which has more";
    }
    const auto hint = textHint(script);
    if (!hint.empty()) return hint;
    if (reply.how == How::NotFound)
        return "use an interpreter that the base has, in the script's first line or with --shell";
    return {};
}

const char* longerTimeout(const RunSpec& spec) {
    if (stepsOf(spec).size() == 1) return "use a longer --timeout";
    return "use a longer --timeout: it is for --before, --script, --after and packing together";
}

} // namespace

Error timeoutThen(const Error& lost, const RunStep& step, const RunSpec& spec) {
    return Error(
        ErrorCode::Timeout,
        fmt::format("{} timed out after {}; then {}", step.title(), humanDuration(spec.timeout), lost.what()),
        longerTimeout(spec));
}

void recordOutcome(const protocol::RunReply& reply, const RunStep& step, const RunSpec& spec,
                   RunResult& result) {
    result.peakMemory = std::max(result.peakMemory, std::min(reply.peakMemory, spec.machine.memory));
    result.peakDisk = std::max(result.peakDisk, std::min(reply.peakDisk, spec.machine.diskSize));
    const auto script = step.title();
    const auto place = placeInScript(step.script->bytes, reply.line);
    switch (reply.how) {
    case How::Exited:
        result.exitStatus = reply.value;
        if (reply.value != 0)
            result.exitReason = fmt::format("{} exited with status {}{}", script, reply.value, place);
        break;
    case How::Signalled:
        result.exitStatus = 128 + reply.value;
        result.exitReason = fmt::format("{} was killed by signal {}{}", script, reply.value, place);
        break;
    case How::NotExecutable:
        result.exitStatus = 126;
        result.exitReason = fmt::format("{} could not be executed: guest: {}", script, reply.message);
        break;
    case How::NotFound:
        result.exitStatus = 127;
        result.exitReason = fmt::format("{} was not run: guest: {}", script, reply.message);
        break;
    case How::TimedOut:
        throw Error(ErrorCode::Timeout,
                    fmt::format("{} timed out after {}{}", script, humanDuration(spec.timeout), place),
                    longerTimeout(spec));
    case How::Cancelled:
        throw Error(ErrorCode::Cancelled, "stopped on request");
    }
    if (result.exitStatus == 0) return;
    if (reply.oomKills > 0) result.exitReason += "; the guest's kernel killed a process for lack of memory";
    result.failure = likelyFailure(reply);
    result.failedStep = protocol::nameOf(step.step);
    result.exitHint = likelyHelp(reply, result, step.script->bytes);
}

} // namespace rootlayer::run

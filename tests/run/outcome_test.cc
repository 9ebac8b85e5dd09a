#include <catch2/catch.hpp>
#include <cstdint>

#include <rootlayer/error.hh>

#include "run/outcome.hh"

using namespace rootlayer;
using How = protocol::RunReply::How;

namespace {

constexpr std::uint64_t kMuch = std::uint64_t{1} << 30;

protocol::RunReply ended(How how, int value, std::string message = {}) {
    return {how, value, std::move(message), 1 << 20, 2 << 20, kMuch, 0};
}

RunResult outcome(const protocol::RunReply& reply, const std::string& script = "true\nls /nope\n") {
    RunSpec spec;
    spec.script = {"setup.sh", script};
    spec.timeout = std::chrono::seconds(5);
    RunResult result;
    run::recordOutcome(reply, run::stepsOf(spec).front(), spec, result);
    return result;
}

ErrorCode errorOf(How how) {
    try {
        outcome(ended(how, 0));
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

} // namespace

TEST_CASE("the exit status is the one that a shell would show") {
    CHECK(outcome(ended(How::Exited, 0)).exitStatus == 0);
    CHECK(outcome(ended(How::Exited, 7)).exitStatus == 7);
    CHECK(outcome(ended(How::Signalled, 9)).exitStatus == 137);
    CHECK(outcome(ended(How::NotExecutable, 0, "it is a directory")).exitStatus == 126);
    CHECK(outcome(ended(How::NotFound, 0, "/bin/none")).exitStatus == 127);
}

TEST_CASE("a success has no reason, and a failure names the script and what it did") {
    CHECK(outcome(ended(How::Exited, 0)).exitReason.empty());
    CHECK(outcome(ended(How::Exited, 7)).exitReason == "the script \"setup.sh\" exited with status 7");
    CHECK(outcome(ended(How::Signalled, 9)).exitReason == "the script \"setup.sh\" was killed by signal 9");
    CHECK(outcome(ended(How::NotFound, 0, "/bin/none is missing")).exitReason ==
          "the script \"setup.sh\" was not run: guest: /bin/none is missing");
    CHECK(outcome(ended(How::NotFound, 0)).exitHint.find("--shell") != std::string::npos);
}

TEST_CASE("what failed is named by its option") {
    RunSpec spec;
    spec.before = {"prepare.sh", "exit 3\n"};
    spec.after = {"clean.sh", "true\n"};
    const auto steps = run::stepsOf(spec);
    REQUIRE(steps.size() == 3);
    RunResult result;
    run::recordOutcome(ended(How::Exited, 0), steps[1], spec, result);
    CHECK(result.failedStep.empty());
    run::recordOutcome(ended(How::Exited, 3), steps[0], spec, result);
    CHECK(result.exitReason == "the --before script \"prepare.sh\" exited with status 3");
    CHECK(result.failedStep == "before");
    spec.timeout = std::chrono::seconds(5);
    CHECK_THROWS_WITH(run::recordOutcome(ended(How::TimedOut, 0), steps[2], spec, result),
                      "the --after script \"clean.sh\" timed out after 5 s");
}

TEST_CASE("what runs in the layer's directory has no arguments and no user of its own") {
    protocol::RunRequest request;
    request.args = {"one"};
    request.env = {"PATH=/bin"};
    request.user = "app";
    request.keepTmp = true;
    CHECK(run::requestOf(protocol::Step::Script, request) == request);
    const auto before = run::requestOf(protocol::Step::Before, request);
    CHECK(before.step == protocol::Step::Before);
    CHECK(before.args.empty());
    CHECK(before.env == std::vector<std::string>{"PATH=/bin", "ROOTLAYER_LAYER=/layer"});
    CHECK(before.workdir == "/layer");
    CHECK(before.user.empty());
    CHECK_FALSE(before.keepTmp);
}

TEST_CASE("a failure has a word for why, a success has none") {
    CHECK(outcome(ended(How::Exited, 0)).failure == ScriptFailure::None);
    CHECK(outcome(ended(How::Exited, 7)).failure == ScriptFailure::Failed);
    CHECK(outcome(ended(How::Signalled, 9)).failure == ScriptFailure::Killed);
    CHECK(outcome(ended(How::NotExecutable, 0)).failure == ScriptFailure::NotExecutable);
    CHECK(outcome(ended(How::NotFound, 0)).failure == ScriptFailure::InterpreterMissing);
    auto reply = ended(How::Exited, 1);
    reply.freeInodes = 0;
    CHECK(outcome(reply).failure == ScriptFailure::DiskFull);
    reply.oomKills = 1;
    CHECK(outcome(reply).failure == ScriptFailure::OutOfMemory);
}

TEST_CASE("a script that failed for lack of memory or disk gets a hint with the option that helps", "[A9]") {
    auto reply = ended(How::Signalled, 9);
    reply.oomKills = 1;
    CHECK(outcome(reply).exitHint.find("--memory") != std::string::npos);
    reply = ended(How::Exited, 1);
    reply.freeDisk = 0;
    CHECK(outcome(reply).exitHint.find("--disk-size") != std::string::npos);
    reply.freeDisk = kMuch;
    reply.freeInodes = 0;
    CHECK(outcome(reply).exitHint.find("inodes") != std::string::npos);
    CHECK(outcome(ended(How::Exited, 1)).exitHint.empty());
}

TEST_CASE("a success after some process was killed has no hint") {
    auto reply = ended(How::Exited, 0);
    reply.oomKills = 1;
    CHECK(outcome(reply).exitHint.empty());
}

TEST_CASE("a script that timed out, or was cancelled, is an error and not a result") {
    CHECK(errorOf(How::TimedOut) == ErrorCode::Timeout);
    CHECK(errorOf(How::Cancelled) == ErrorCode::Cancelled);
}

TEST_CASE("a timeout names the time limit") {
    CHECK_THROWS_WITH(outcome(ended(How::TimedOut, 0)), "the script \"setup.sh\" timed out after 5 s");
    auto reply = ended(How::TimedOut, 0);
    reply.line = 2;
    CHECK_THROWS_WITH(outcome(reply), "the script \"setup.sh\" timed out after 5 s at line 2: ls /nope");
}

TEST_CASE("the place where a script failed is reported if it is known") {
    auto reply = ended(How::Exited, 2);
    reply.line = 2;
    CHECK(outcome(reply).exitReason == "the script \"setup.sh\" exited with status 2 at line 2: ls /nope");
    reply = ended(How::Signalled, 11);
    reply.line = 1;
    CHECK(outcome(reply).exitReason == "the script \"setup.sh\" was killed by signal 11 at line 1: true");
}

TEST_CASE("a failed script with Windows line endings gets a hint about them") {
    CHECK(outcome(ended(How::NotFound, 127), "#!/bin/sh\r\n").exitHint.find("CR LF") != std::string::npos);
    CHECK(outcome(ended(How::Exited, 0), "true\r\n").exitHint.empty());
}

TEST_CASE("the guest's peaks are recorded however the script ended") {
    const auto result = outcome(ended(How::Exited, 1));
    CHECK(result.peakMemory == 1 << 20);
    CHECK(result.peakDisk == 2 << 20);
}

TEST_CASE("a guest cannot have used more memory or disk than its machine has", "[A8]") {
    auto reply = ended(How::Exited, 1);
    reply.peakMemory = reply.peakDisk = std::uint64_t{14} << 40;
    reply.oomKills = ~std::uint64_t{0};
    auto result = outcome(reply);
    CHECK(result.peakMemory == RunSpec().machine.memory);
    CHECK(result.peakDisk == RunSpec().machine.diskSize);
    CHECK(result.exitHint.find("TiB") == std::string::npos);
    reply.oomKills = 0;
    reply.freeDisk = 0;
    CHECK(outcome(reply).exitHint.find("TiB") == std::string::npos);
}

TEST_CASE("a script that failed after the kernel killed for lack of memory says so", "[A9]") {
    auto reply = ended(How::Signalled, 9);
    reply.oomKills = 3;
    CHECK(outcome(reply).exitReason == "the script \"setup.sh\" was killed by signal 9; "
                                       "the guest's kernel killed a process for lack of memory");
}

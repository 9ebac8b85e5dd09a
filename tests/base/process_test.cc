#include <catch2/catch.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/poll.hh"
#include "base/process.hh"
#include "base/stream.hh"

using namespace rootlayer;
using namespace std::chrono_literals;

namespace {

Command shell(std::string script) {
    return {.argv = {"/bin/sh", "-c", std::move(script)}};
}

Deadline soon() {
    return Deadline::after(20s);
}

/// Makes every poll(2) on more than one descriptor fail, until it is destroyed.
class FailingPoll final {
  public:
    FailingPoll() {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        const rlimit one{1, m_before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &one);
    }
    ~FailingPoll() { ::setrlimit(RLIMIT_NOFILE, &m_before); }
    FailingPoll(const FailingPoll&) = delete;
    FailingPoll& operator=(const FailingPoll&) = delete;

  private:
    rlimit m_before{};
};

} // namespace

TEST_CASE("a host on which poll fails does not take a wait past its deadline, or hide a program's end",
          "[A12]") {
    Child endless = Child::start(shell("exec sleep 1000"));
    Child ending = Child::start(shell("exit 3"));
    const CancelToken token;
    const FailingPoll guard;
    CHECK_FALSE(endless.wait(Deadline::after(20ms), &token));
    const auto status = ending.wait(soon(), &token);
    REQUIRE(status);
    CHECK(status->code == 3);
    std::array<pollfd, 2> files{{{-1, POLLIN, 0}, {-1, POLLIN, 0}}};
    CHECK_THROWS_WITH(pollFiles(files, 0), Catch::Contains("cannot wait for a file or a process"));
}

TEST_CASE("a program's two outputs and its status come back apart") {
    const auto result = runCommand(shell("echo out; echo err >&2; exit 3"), soon());
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(result.status.code == 3);
    CHECK_FALSE(result.status.success());
    CHECK(runCommand(shell("kill -9 $$"), soon()).status.signal == SIGKILL);
}

TEST_CASE("a required program that fails is an error with its last words") {
    CHECK_THROWS_WITH(requireCommand(shell("echo no luck >&2; exit 1"), soon(), "making soup"),
                      Catch::Contains("making soup") && Catch::Contains("no luck"));
}

TEST_CASE("a missing program is named, with a hint") {
    try {
        Child::start({.argv = {"no-such-program-here"}});
        FAIL("it started");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::Contains("no-such-program-here"));
        CHECK_THAT(error.hint(), Catch::Contains("install"));
    }
}

TEST_CASE("a program that does not end is killed at its deadline") {
    CHECK_THROWS_AS(runCommand(shell("exec sleep 1000"), Deadline::after(20ms)), Error);
}

TEST_CASE("a cancelled token ends the wait for a program") {
    const CancelToken token;
    Child child = Child::start(shell("exec sleep 1000"));
    token.cancel();
    CHECK_THROWS_AS(child.wait(soon(), &token), Error);
}

TEST_CASE("a child that goes out of scope is killed") {
    pid_t pid = 0;
    {
        const Child child = Child::start(shell("exec sleep 1000"));
        pid = child.pid();
        CHECK(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("descriptors are placed as asked, even when they cross") {
    Pipe pipe = makePipe();
    Command command = shell("echo to-stderr >&2");
    command.stderrFd = pipe.writer.get();
    Child child = Child::start(command);
    pipe.writer.reset();
    CHECK(child.wait(soon())->success());
    FdSource source(pipe.reader.get(), "pipe");
    CHECK(readAll(source, 100, "pipe") == "to-stderr\n");
}

TEST_CASE("a descriptor that our caller forgot to close reaches no child") {
    const UniqueFd leaked(::open("/dev/null", O_RDONLY)); // without O_CLOEXEC
    const UniqueFd high(::fcntl(leaked.get(), F_DUPFD, 200));
    for (const int fd : {leaked.get(), high.get()})
        CHECK_FALSE(
            runCommand(shell("test -e /proc/self/fd/" + std::to_string(fd)), soon()).status.success());
}

TEST_CASE("a child that cannot be confined does not start") {
    Command command = shell("true");
    command.confine = [] { return EPERM; };
    CHECK_THROWS_AS(runCommand(command, soon()), Error);
}

TEST_CASE("a descriptor of ours reaches a child only when it is named") {
    const Pipe pipe = makePipe();
    Command command = shell("test -e /proc/self/fd/" + std::to_string(pipe.reader.get()));
    CHECK_FALSE(runCommand(command, soon()).status.success());
    command.keepFds = {pipe.reader.get()};
    CHECK(runCommand(command, soon()).status.success());
}

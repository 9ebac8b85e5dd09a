#include <catch2/catch.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/process.hh"
#include "vm/run_directory.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

constexpr int kTimeout = 30000;

/// What the host process reports to the test before it is killed.
struct Told {
    pid_t machine = -1;
    pid_t guardian = -1;
    std::array<char, 64> directory{};
};

UniqueFd openPid(pid_t pid) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool ends(const UniqueFd& process) {
    pollfd wait{process.get(), POLLIN, 0};
    return ::poll(&wait, 1, kTimeout) == 1;
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

/// A process that never ends, with a file of the directory on its command line, like QEMU.
Command fakeMachine(const std::string& directory) {
    writeFile(directory + "/console.log", "");
    Command command{.argv = {"tail", "-f", directory + "/console.log"}};
    command.newSession = true;
    command.outliveUs = true;
    return command;
}

/// A host process with a guarded directory and a machine; it waits for its end.
[[noreturn]] void runHost(int tell) {
    const std::string parent = "/tmp";
    const TempDir directory(parent);
    const Guardian guardian(directory.path());
    const auto machine = Child::start(fakeMachine(directory.path()));
    Told told;
    told.machine = machine.pid();
    told.guardian = guardian.pid();
    directory.path().copy(told.directory.data(), told.directory.size() - 1);
    [[maybe_unused]] const auto written = ::write(tell, &told, sizeof told);
    for (;;)
        ::pause();
}

Told startHost(pid_t& host) {
    Pipe pipe = makePipe();
    host = ::fork();
    if (host == 0) runHost(pipe.writer.get());
    Told told;
    REQUIRE(::read(pipe.reader.get(), &told, sizeof told) == sizeof told);
    return told;
}

} // namespace

TEST_CASE("kill -9 of the host process leaves no machine and no directory", "[A12]") {
    pid_t host = -1;
    const auto told = startHost(host);
    const auto machine = openPid(told.machine);
    const auto guardian = openPid(told.guardian);
    REQUIRE(machine);
    REQUIRE(guardian);
    REQUIRE(exists(told.directory.data()));
    ::kill(host, SIGKILL);
    ::waitpid(host, nullptr, 0);
    CHECK(ends(machine));
    CHECK(ends(guardian));
    CHECK_FALSE(exists(told.directory.data()));
}

TEST_CASE("the terminal's signals do not reach the guardian", "[A12]") {
    const RunDirectory directory("/tmp");
    const Guardian guardian(directory.path());
    CHECK(::getsid(guardian.pid()) == guardian.pid());
    CHECK(::getsid(guardian.pid()) != ::getsid(0));
}

TEST_CASE("a guardian that is dismissed touches nothing") {
    const TempDir directory("/tmp");
    auto machine = Child::start(fakeMachine(directory.path()));
    UniqueFd shell;
    {
        const Guardian guardian(directory.path());
        shell = openPid(guardian.pid());
    }
    CHECK(ends(shell));
    CHECK(machine.running());
    CHECK(exists(directory.path()));
}

TEST_CASE("a run's directory is gone with its owner, and private before") {
    std::string path;
    {
        const RunDirectory directory("/tmp");
        path = directory.path();
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0700);
    }
    CHECK_FALSE(exists(path));
}

TEST_CASE("a process that is killed while it makes its run directory leaves none", "[A12]") {
    const TempDir parent("/tmp");
    const UniqueFd events(::inotify_init1(IN_CLOEXEC));
    REQUIRE(::inotify_add_watch(events.get(), parent.path().c_str(), IN_CREATE) >= 0);
    const UniqueFd removals(::inotify_init1(IN_CLOEXEC));
    REQUIRE(::inotify_add_watch(removals.get(), parent.path().c_str(), IN_DELETE) >= 0);
    const pid_t host = ::fork();
    if (host == 0) {
        const RunDirectory directory(parent.path());
        for (;;)
            ::pause();
    }
    pollfd created{events.get(), POLLIN, 0};
    REQUIRE(::poll(&created, 1, kTimeout) == 1);
    ::kill(host, SIGKILL);
    ::waitpid(host, nullptr, 0);
    pollfd removed{removals.get(), POLLIN, 0};
    CHECK(::poll(&removed, 1, kTimeout) == 1);
}

TEST_CASE("a guardian refuses a path that is not a run directory") {
    for (const auto* path : {"", "/", "/tmp", "relative/rootlayer-abcdef", "/tmp/rootlayer\nabcdef"}) {
        INFO(path);
        CHECK_THROWS_AS(Guardian(path), Error);
    }
}

TEST_CASE("a guardian whose shell was killed does not harm its owner") {
    const TempDir directory("/tmp");
    const Guardian guardian(directory.path());
    const auto shell = openPid(guardian.pid());
    ::kill(guardian.pid(), SIGKILL);
    CHECK(ends(shell));
}

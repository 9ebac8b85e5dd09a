#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/standard_streams.hh"

using namespace rootlayer;
using namespace rootlayer::cli;

namespace {

/// The exit status of a child process that runs this function.
template <typename Act>
int statusOf(Act act) {
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 99;
        try {
            status = act();
        } catch (const Error& error) {
            if (isReaderGone(error)) endBySigpipe();
            status = error.code() == ErrorCode::Resource ? 28 : 1;
        }
        ::_exit(status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void put(const char* path, int on) {
    const int fd = ::open(path, O_RDWR);
    ::dup2(fd, on);
    ::close(fd);
}

void putBrokenPipe(int on) {
    int ends[2];
    if (::pipe(ends) != 0) ::_exit(98);
    ::dup2(ends[1], on);
    ::close(ends[0]);
    ::close(ends[1]);
}

int printSomething() {
    toStdout("something\n");
    flushStdout();
    return 0;
}

} // namespace

TEST_CASE("descriptors that are closed at the start are not reused for files") {
    CHECK(statusOf([] {
              for (int fd = 0; fd < 3; ++fd)
                  ::close(fd);
              prepareStandardStreams();
              return ::open("/dev/zero", O_RDONLY);
          }) > 2);
}

TEST_CASE("a closed stdout is refused before any work, and when it is written") {
    CHECK(statusOf([] {
              ::close(STDOUT_FILENO);
              prepareStandardStreams();
              requireStdout();
              return 0;
          }) == 1);
    CHECK(statusOf([] {
              ::close(STDOUT_FILENO);
              prepareStandardStreams();
              return printSomething();
          }) == 1);
}

TEST_CASE("a full stdout is an error, and not the end of stdio") {
    CHECK(statusOf([] {
              prepareStandardStreams();
              put("/dev/full", STDOUT_FILENO);
              return printSomething();
          }) == 28);
}

TEST_CASE("a pipe on stdout that nobody reads ends the command with SIGPIPE") {
    CHECK(statusOf([] {
              prepareStandardStreams();
              putBrokenPipe(STDOUT_FILENO);
              return printSomething();
          }) == 128 + SIGPIPE);
    // If the caller ignores SIGPIPE, it is an error instead.
    CHECK(statusOf([] {
              ::signal(SIGPIPE, SIG_IGN);
              prepareStandardStreams();
              putBrokenPipe(STDOUT_FILENO);
              return printSomething();
          }) == 1);
}

TEST_CASE("what stderr does not take is dropped") {
    CHECK(statusOf([] {
              prepareStandardStreams();
              for (const char* path : {"/dev/full", "/dev/null"}) {
                  put(path, STDERR_FILENO);
                  toStderr("something\n");
              }
              putBrokenPipe(STDERR_FILENO);
              toStderr("something\n");
              ::close(STDERR_FILENO);
              toStderr("something\n");
              return 7;
          }) == 7);
}

TEST_CASE("a stderr that others made non-blocking gets everything") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
    ::fcntl(ends[0], F_SETFL, 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        toStderr(std::string(1'000'000, 'x'));
        ::_exit(0);
    }
    ::close(ends[1]);
    std::size_t total = 0;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        total += static_cast<std::size_t>(got);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    CHECK(total == 1'000'000);
}

TEST_CASE("a limit of file sizes is an error and no signal") {
    CHECK(statusOf([] {
              prepareStandardStreams();
              return ::raise(SIGXFSZ);
          }) == 0);
}

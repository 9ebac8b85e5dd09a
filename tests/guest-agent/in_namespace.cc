#include "in_namespace.hh"

#include <catch2/catch.hpp>
#include <csignal>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stream.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

namespace {

constexpr std::string_view kDenied = "cannot: ";

std::string outcomeOf(const std::function<void()>& work) {
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return std::string(kDenied) + "no mount namespace; run the tests as root";
    }
    try {
        work();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

} // namespace

std::string inMountNamespace(const std::function<void()>& work, const std::function<void()>& meanwhile) {
    Pipe pipe = makePipe();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const std::string outcome = outcomeOf(work);
        FdSink(pipe.writer.get(), "pipe").write(outcome);
        ::_exit(0);
    }
    pipe.writer.reset();
    if (meanwhile) meanwhile();
    FdSource source(pipe.reader.get(), "pipe");
    const std::string outcome = readAll(source, 100'000, "outcome");
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    return outcome;
}

bool wasDenied(const std::string& outcome) {
    if (!outcome.starts_with(kDenied)) return false;
    WARN(outcome);
    return true;
}

} // namespace rootlayer::guest

#include "guest-agent/script/script_process.hh"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/script/script_report.hh"
#include "guest-agent/script/working_directory.hh"

namespace rootlayer::guest {

namespace {

using Kind = ScriptReport::Kind;

[[noreturn]] void giveUp(const ScriptFds& fds, Kind kind, int number) {
    ScriptReport::of(kind, number).send(fds.report);
    ::_exit(127);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const auto& text : strings)
        result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

/// The agent must never be killed for lack of memory; the script may be.
void becomeKillable(int proc) {
    const UniqueFd score(::openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    if (score) [[maybe_unused]]
        const auto written = ::write(score.get(), "0", 1);
}

void joinGroup(int group) {
    if (group >= 0) [[maybe_unused]]
        const auto written = ::write(group, "0", 1);
}

void resetSignals() {
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void setLimits() {
    // The limits of a login shell: a low soft limit, for programs that use select(2) or close every
    // descriptor.
    const rlimit files{1024, 524288};
    ::setrlimit(RLIMIT_NOFILE, &files);
}

/// All three are above 2, since the agent's 0 to 2 are open.
void placeStandardFds(const ScriptFds& fds) {
    if (::dup2(fds.in, 0) < 0 || ::dup2(fds.out, 1) < 0 || ::dup2(fds.err, 2) < 0) {
        giveUp(fds, Kind::NotStarted, errno);
    }
}

/// This is already the script's root, so no path leads out of it.
void enterWorkdir(const std::string& workdir, const ScriptFds& fds) {
    const UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    makeWorkingDirectory(root.get(), workdir);
    if (::chdir(workdir.c_str()) != 0) giveUp(fds, Kind::NotEntered, errno);
}

void becomeUser(const Identity& identity, const ScriptFds& fds) {
    if (::setgroups(identity.groups.size(), identity.groups.data()) != 0 || ::setgid(identity.gid) != 0 ||
        ::setuid(identity.uid) != 0) {
        giveUp(fds, Kind::NotStarted, errno);
    }
}

/// Like execvpe(3), but does not run /bin/sh for a file that is not a program.
int execute(const ScriptPlan& plan) {
    const auto argv = pointers(plan.command.argv);
    const auto envp = pointers(plan.environment);
    const std::string& program = plan.command.program;
    if (program.find('/') != std::string::npos) {
        ::execve(program.c_str(), argv.data(), envp.data());
        return errno;
    }
    int number = ENOENT;
    const std::string path = valueIn(plan.environment, "PATH").value_or("");
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find(':', at), path.size());
        ::execve(fmt::format("{}/{}", path.substr(at, end - at), program).c_str(), argv.data(), envp.data());
        if (errno != ENOENT && errno != ENOTDIR) number = errno;
        at = end + 1;
    }
    return number;
}

} // namespace

void becomeScript(const ScriptPlan& plan, const ScriptFds& fds, int proc) {
    becomeKillable(proc);
    joinGroup(fds.group);
    ::setsid();
    ::umask(022);
    setLimits();
    placeStandardFds(fds);
    enterWorkdir(plan.workdir, fds);
    becomeUser(plan.identity, fds);
    resetSignals();
    giveUp(fds, Kind::NotStarted, execute(plan));
}

} // namespace rootlayer::guest

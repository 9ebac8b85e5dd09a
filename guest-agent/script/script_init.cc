#include "guest-agent/script/script_init.hh"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/script/script_mounts.hh"
#include "guest-agent/script/script_namespaces.hh"
#include "guest-agent/script/script_process.hh"
#include "guest-agent/script/script_report.hh"

namespace rootlayer::guest {

namespace {

using Kind = ScriptReport::Kind;

void enterNamespaces(const ScriptNamespaces& made) {
    made.enter();
    if (::unshare(CLONE_NEWNS | CLONE_NEWUTS) != 0) {
        throw systemError("cannot make namespaces for the script");
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        throw systemError("cannot make the script's mounts its own");
    }
}

/// The script is root and could open through /proc/1/fd whatever is open here, such as the agent's port.
void closeAllBut(std::vector<int> kept) {
    std::sort(kept.begin(), kept.end());
    unsigned from = 3;
    for (const int fd : kept) {
        if (fd < static_cast<int>(from)) continue;
        const auto keep = static_cast<unsigned>(fd);
        if (keep > from) ::syscall(SYS_close_range, from, keep - 1, 0);
        from = keep + 1;
    }
    ::syscall(SYS_close_range, from, ~0U, 0);
}

/// Stacks the old root on the new one and unmounts it: nothing of the agent's stays reachable.
void changeRoot(const std::string& root) {
    if (::chdir(root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
        ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) {
        throw systemError("cannot change into the script's root");
    }
}

void makeWorld(const ScriptPlan& plan, const ScriptFds& fds) {
    const auto& places = plan.places;
    const ScriptMounts mounts{places.root,
                              plan.keepTmp ? "" : places.temporary,
                              plan.keepTmp ? "" : places.run,
                              places.devices,
                              plan.script,
                              plan.withBusybox ? places.busybox : "",
                              fds.watch};
    mountForScript(
        mounts, [&] { ScriptReport::of(Kind::Watched, 0).send(fds.report); },
        [&](std::string_view text) { ScriptReport::of(Kind::Warning, 0, text).send(fds.report); });
    changeRoot(plan.places.root);
}

/// Process 1 becomes the parent of every orphan.
int reapUntilEndOf(pid_t script) {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, 0);
        if (pid == script) return status;
        if (pid < 0 && errno != EINTR) throw systemError("cannot wait for the script");
    }
}

void live(const ScriptPlan& plan, const ScriptFds& fds) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    enterNamespaces(*plan.places.namespaces);
    closeAllBut({fds.in, fds.out, fds.err, fds.report, fds.group, fds.watch});
    // The agent's own /proc, which is not reachable later.
    const UniqueFd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
    makeWorld(plan, fds);
    if (fds.watch >= 0) ::close(fds.watch);
    const pid_t script = ::fork();
    if (script < 0) throw systemError("cannot start the script");
    if (script == 0) becomeScript(plan, fds, proc.get());
    ScriptReport::of(Kind::Ended, reapUntilEndOf(script)).send(fds.report);
}

} // namespace

void runScriptInit(const ScriptPlan& plan, const ScriptFds& fds) noexcept {
    // Errors must not leave this process, which is a fork of the agent.
    try {
        live(plan, fds);
    } catch (const Error& error) {
        ScriptReport::of(Kind::Broken, static_cast<int>(error.code()), error.what(), error.hint())
            .send(fds.report);
    } catch (const std::exception& error) {
        ScriptReport::of(Kind::Broken, static_cast<int>(ErrorCode::Internal), error.what()).send(fds.report);
    }
    ::_exit(0);
}

} // namespace rootlayer::guest

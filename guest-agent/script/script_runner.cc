#include "guest-agent/script/script_runner.hh"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/base/root_path.hh"
#include "guest-agent/script/gauges.hh"
#include "guest-agent/script/kernel_log.hh"
#include "guest-agent/script/run_network.hh"
#include "guest-agent/script/script_init.hh"
#include "guest-agent/script/script_namespaces.hh"
#include "guest-agent/script/script_output.hh"
#include "guest-agent/script/script_report.hh"
#include "guest-agent/script/watched_script.hh"
#include "protocol/control.hh"

namespace rootlayer::guest {

namespace {

using protocol::RunReply;
using protocol::Stream;
using How = RunReply::How;

constexpr int kSampleEvery = 150; // ms
constexpr std::chrono::seconds kKillTimeout{60};

/// The script's first process. When it ends, all processes of the script are killed.
class ScriptInit final {
  public:
    ScriptInit(const ScriptPlan& plan, const ScriptFds& fds) {
        const UniqueFd ours(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
        if (!ours || ::unshare(CLONE_NEWPID) != 0) throw systemError("cannot make a pid namespace");
        m_pid = ::fork();
        if (m_pid == 0) runScriptInit(plan, fds);
        const int number = errno;
        // Later children do not belong to the script.
        ::setns(ours.get(), CLONE_NEWPID);
        if (m_pid < 0) throw systemError(number, "cannot start the script");
        m_pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, m_pid, 0)));
        if (!m_pidfd) throw systemError("cannot watch the script");
    }
    ScriptInit(const ScriptInit&) = delete;
    ScriptInit& operator=(const ScriptInit&) = delete;
    ~ScriptInit() {
        if (m_pid <= 0) return;
        kill();
        ::waitpid(m_pid, nullptr, 0);
    }

    int fd() const { return m_pidfd.get(); }
    void kill() const noexcept { ::kill(m_pid, SIGKILL); }
    bool ended() {
        if (m_pid > 0 && ::waitpid(m_pid, nullptr, WNOHANG) == m_pid) m_pid = 0;
        return m_pid == 0;
    }

  private:
    pid_t m_pid = -1;
    UniqueFd m_pidfd;
};

std::string oomWarning(std::uint64_t kills, const std::string& victim) {
    const auto name = victim.empty() ? std::string() : " " + quote(victim);
    if (kills == 1)
        return fmt::format("the kernel killed the process{} for lack of memory; use a larger --memory", name);
    return fmt::format("the kernel killed {} processes for lack of memory{}; use a larger --memory", kills,
                       name.empty() ? "" : ", the last of them" + name);
}

/// One run: waits for output, reports, the host and timeouts.
class ScriptRun final {
  public:
    ScriptRun(const protocol::RunRequest& request, const ScriptPlan& plan, HostLink& link, RunClock* clock)
        : m_plan(plan), m_link(link), m_network(*plan.places.namespaces, request.network), m_clock(clock),
          m_gauges(plan.places.scratch.c_str()), m_out(Stream::Stdout, !request.merged),
          m_err(Stream::Stderr, !request.merged), m_merged(request.merged), m_watch(plan.script),
          m_end(request.timeout == 0 ? Deadline::never()
                                     : Deadline::after(std::chrono::milliseconds(request.timeout))) {}

    RunReply run() {
        prepare();
        ScriptInit init(m_plan, fds());
        closeTheirEnds();
        while (!init.ended()) {
            waitForSomething(init);
            if (m_clock != nullptr) m_clock->look();
            takeAll();
            if (!m_killed) endEarly(init);
            if (m_giveUp && m_giveUp->expired())
                throw Error(ErrorCode::Timeout, "the script cannot be killed");
            m_gauges.sample();
            m_link.tick();
        }
        drain();
        m_network.finish(m_link);
        return reply();
    }

  private:
    void prepare() {
        m_null = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!m_null) throw systemError("cannot open /dev/null");
        ::fcntl(m_reports.reader.get(), F_SETFL, O_NONBLOCK);
        for (const Pipe* pipe : {&m_out.pipe(), &m_err.pipe(), &m_reports}) {
            // Only the owner of a pipe can open /dev/stdout again.
            if (::fchown(pipe->writer.get(), m_plan.identity.uid, m_plan.identity.gid) != 0) {
                throw systemError("cannot give the script its output");
            }
        }
    }

    ScriptFds fds() {
        const int out = m_out.pipe().writer.get();
        return {.in = m_null.get(),
                .out = out,
                .err = m_merged ? out : m_err.pipe().writer.get(),
                .report = m_reports.writer.get(),
                .group = m_plan.places.group,
                .watch = m_plan.command.shell ? m_watch.fd() : -1};
    }

    void closeTheirEnds() {
        m_out.pipe().writer.reset();
        m_err.pipe().writer.reset();
        m_reports.writer.reset();
    }

    void waitForSomething(const ScriptInit& init) const {
        const auto network = m_network.fds();
        std::array<pollfd, 9> waits{{{m_out.fd(), POLLIN, 0},
                                     {network[0], POLLIN, 0},
                                     {network[1], POLLIN, 0},
                                     {m_err.fd(), POLLIN, 0},
                                     {m_reports.reader ? m_reports.reader.get() : -1, POLLIN, 0},
                                     {init.fd(), POLLIN, 0},
                                     {m_watched ? m_watch.fd() : -1, POLLIN, 0},
                                     {m_clock == nullptr ? -1 : m_clock->fd(), POLLIN, 0},
                                     {m_killed ? -1 : m_link.fd(), POLLIN, 0}}};
        const int left = m_end.pollTimeout();
        const int timeout = left < 0 || m_killed ? kSampleEvery : std::min(left, kSampleEvery);
        ::poll(waits.data(), waits.size(), timeout);
    }

    void takeAll() {
        m_out.take(m_link);
        m_err.take(m_link);
        takeReports();
        if (m_watched) m_watch.serve();
        m_network.serve(m_link);
    }

    /// No writer is left, so the end is near; but a script can have enlarged its pipes, and they may be full.
    void drain() {
        for (int passes = 0; passes < 16'000 && (m_out.fd() >= 0 || m_err.fd() >= 0); ++passes)
            takeAll();
        m_out.flush(m_link);
        m_err.flush(m_link);
        takeReports();
    }

    void takeReports() {
        ScriptReport report;
        while (m_reports.reader) {
            const ssize_t got = ::read(m_reports.reader.get(), &report, sizeof report);
            if (got == 0) m_reports.reader.reset();
            if (got != sizeof report) return;
            // The texts may lack a NUL: the script can write to the pipe too.
            report.text[sizeof report.text - 1] = '\0';
            report.hint[sizeof report.hint - 1] = '\0';
            if (report.kind == ScriptReport::Kind::Warning) {
                m_link.warn(report.text);
            } else if (report.kind == ScriptReport::Kind::Watched) {
                m_watched = true;
            } else if (!m_report) {
                m_report = report;
            }
        }
    }

    void endEarly(const ScriptInit& init) {
        if (m_end.expired()) m_killed = How::TimedOut;
        if (m_link.cancelled()) m_killed = How::Cancelled;
        if (!m_killed) return;
        init.kill();
        m_giveUp = Deadline::after(kKillTimeout);
    }

    RunReply reply() {
        RunReply reply = ending();
        m_gauges.sample();
        reply.peakMemory = m_gauges.peakMemory();
        reply.peakDisk = m_gauges.peakDisk();
        reply.freeDisk = m_gauges.freeDisk();
        reply.freeInodes = m_gauges.freeInodes();
        reply.oomKills = m_gauges.oomKills();
        if (m_watched) reply.line = m_watch.line();
        if (reply.oomKills > 0) m_link.warn(oomWarning(reply.oomKills, lastOomVictim()));
        return reply;
    }

    RunReply ending() const {
        // If a report exists, the script ended before it was killed, and its own status counts.
        if (!m_report) return {.how = m_killed.value_or(How::Signalled), .value = m_killed ? 0 : SIGKILL};
        const int value = m_report->value;
        switch (m_report->kind) {
        case ScriptReport::Kind::Broken:
            throw Error(static_cast<ErrorCode>(value), m_report->text, m_report->hint);
        case ScriptReport::Kind::NotEntered:
            return {.how = How::NotExecutable,
                    .value = 126,
                    .message = fmt::format("cannot enter the working directory {}: {}", quote(m_plan.workdir),
                                           ::strerror(value))};
        case ScriptReport::Kind::NotStarted:
            return notStarted(value);
        default:
            if (WIFSIGNALED(value)) return {.how = How::Signalled, .value = WTERMSIG(value)};
            return {.how = How::Exited, .value = WEXITSTATUS(value)};
        }
    }

    RunReply notStarted(int number) const {
        const auto name = quote(m_plan.command.interpreter);
        if (number != ENOENT && number != ENOTDIR) {
            return {.how = How::NotExecutable,
                    .value = 126,
                    .message =
                        fmt::format("cannot execute the script with {}: {}", name, ::strerror(number))};
        }
        const UniqueFd root(::open(m_plan.places.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        const bool exists = root && isProgramInRoot(root.get(), m_plan.command.interpreter);
        const char* why =
            exists ? "exists, but the loader that it needs does not" : "was not found in the base";
        return {
            .how = How::NotFound, .value = 127, .message = fmt::format("the interpreter {} {}", name, why)};
    }

    const ScriptPlan& m_plan;
    HostLink& m_link;
    RunNetwork m_network; ///< before the pipes
    RunClock* m_clock;
    Gauges m_gauges;
    ScriptOutput m_out;
    ScriptOutput m_err;
    Pipe m_reports = makePipe();
    bool m_merged;
    WatchedScript m_watch;
    Deadline m_end;
    bool m_watched = false;
    UniqueFd m_null;
    std::optional<How> m_killed;
    std::optional<Deadline> m_giveUp;
    std::optional<ScriptReport> m_report;
};

} // namespace

RunReply runScript(const protocol::RunRequest& request, const ScriptPlan& plan, HostLink& link,
                   RunClock* clock) {
    return ScriptRun(request, plan, link, clock).run();
}

} // namespace rootlayer::guest

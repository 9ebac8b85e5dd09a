#include "guest-agent/script_runner.hh"

#include <array>
#include <cerrno>
#include <csignal>
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
#include "guest-agent/gauges.hh"
#include "guest-agent/root_path.hh"
#include "guest-agent/script_init.hh"
#include "guest-agent/script_report.hh"

namespace rootlayer::guest {

namespace {

using protocol::RunReply;
using protocol::Stream;
using How = RunReply::How;

constexpr int kSampleEvery = 150; // ms
constexpr std::chrono::seconds kKillPatience{60};

/// The script's first process; its end is the end of all of them.
class ScriptInit final {
  public:
    ScriptInit(const ScriptPlan& plan, const ScriptFds& fds) {
        const UniqueFd ours(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
        if (!ours || ::unshare(CLONE_NEWPID) != 0) throw systemError("cannot make a pid namespace");
        m_pid = ::fork();
        if (m_pid == 0) runScriptInit(plan, fds);
        const int number = errno;
        // Children of later are not the script's.
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

struct ScriptPipes {
    Pipe out = makePipe();
    Pipe err = makePipe();
    Pipe report = makePipe();
};

/// One run: waits for output, reports, the host and the clock, whatever comes first.
class ScriptRun final {
  public:
    ScriptRun(const protocol::RunRequest& request, const ScriptPlan& plan, HostLink& link, RunClock* clock)
        : m_plan(plan), m_link(link), m_clock(clock), m_gauges(plan.places.scratch.c_str()),
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
        return reply();
    }

  private:
    void prepare() {
        m_null = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!m_null) throw systemError("cannot open /dev/null");
        for (const Pipe* pipe : {&m_pipes.out, &m_pipes.err, &m_pipes.report}) {
            ::fcntl(pipe->reader.get(), F_SETFL, O_NONBLOCK);
            // /dev/stdout can be opened anew by its owner alone.
            if (::fchown(pipe->writer.get(), m_plan.identity.uid, m_plan.identity.gid) != 0) {
                throw systemError("cannot give the script its output");
            }
        }
    }

    ScriptFds fds() const {
        return {m_null.get(), m_pipes.out.writer.get(), m_pipes.err.writer.get(), m_pipes.report.writer.get(),
                m_plan.places.group};
    }

    void closeTheirEnds() {
        m_pipes.out.writer.reset();
        m_pipes.err.writer.reset();
        m_pipes.report.writer.reset();
    }

    void waitForSomething(const ScriptInit& init) const {
        const auto open = [](const Pipe& pipe) { return pipe.reader ? pipe.reader.get() : -1; };
        std::array<pollfd, 6> waits{{{open(m_pipes.out), POLLIN, 0},
                                     {open(m_pipes.err), POLLIN, 0},
                                     {open(m_pipes.report), POLLIN, 0},
                                     {init.fd(), POLLIN, 0},
                                     {m_clock == nullptr ? -1 : m_clock->fd(), POLLIN, 0},
                                     {m_killed ? -1 : m_link.fd(), POLLIN, 0}}};
        const int left = m_end.pollTimeout();
        const int timeout = left < 0 || m_killed ? kSampleEvery : std::min(left, kSampleEvery);
        ::poll(waits.data(), waits.size(), timeout);
    }

    void takeAll() {
        takeOutput(m_pipes.out.reader, Stream::Stdout);
        takeOutput(m_pipes.err.reader, Stream::Stderr);
        takeReports();
    }

    /// Nobody is left to write, so the end is near; a script that made its pipes huge has still filled them.
    void drain() {
        for (int passes = 0; passes < 1000 && (m_pipes.out.reader || m_pipes.err.reader); ++passes)
            takeAll();
        takeReports();
    }

    /// At most so much at once that the clock, and the other stream, are not forgotten.
    void takeOutput(UniqueFd& pipe, Stream stream) {
        for (int pieces = 0; pipe && pieces < 16; ++pieces) {
            const ssize_t got = ::read(pipe.get(), m_buffer.data(), m_buffer.size());
            if (got > 0) m_link.data(stream, {m_buffer.data(), static_cast<std::size_t>(got)});
            if (got == 0) pipe.reset();
            if (got <= 0) return;
        }
    }

    void takeReports() {
        ScriptReport report;
        while (m_pipes.report.reader) {
            const ssize_t got = ::read(m_pipes.report.reader.get(), &report, sizeof report);
            if (got == 0) m_pipes.report.reader.reset();
            if (got != sizeof report) return;
            // Whoever wrote it: the texts end.
            report.text[sizeof report.text - 1] = '\0';
            report.hint[sizeof report.hint - 1] = '\0';
            if (report.kind == ScriptReport::Kind::Warning) {
                m_link.warn(report.text);
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
        m_giveUp = Deadline::after(kKillPatience);
    }

    RunReply reply() {
        RunReply reply = ending();
        m_gauges.sample();
        reply.peakMemory = m_gauges.peakMemory();
        reply.peakDisk = m_gauges.peakDisk();
        reply.freeDisk = m_gauges.freeDisk();
        reply.oomKills = m_gauges.oomKills();
        return reply;
    }

    RunReply ending() const {
        // A script that had ended before it was to be killed has ended.
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
        const char* why = exists ? "is there, but not the loader that it needs" : "was not found in the base";
        return {
            .how = How::NotFound, .value = 127, .message = fmt::format("the interpreter {} {}", name, why)};
    }

    const ScriptPlan& m_plan;
    HostLink& m_link;
    RunClock* m_clock;
    Gauges m_gauges;
    Deadline m_end;
    ScriptPipes m_pipes;
    UniqueFd m_null;
    std::optional<How> m_killed;
    std::optional<Deadline> m_giveUp;
    std::optional<ScriptReport> m_report;
    std::array<char, 65536> m_buffer;
};

} // namespace

RunReply runScript(const protocol::RunRequest& request, const ScriptPlan& plan, HostLink& link,
                   RunClock* clock) {
    return ScriptRun(request, plan, link, clock).run();
}

} // namespace rootlayer::guest

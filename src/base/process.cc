#include "base/process.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/installed_program.hh"
#include "base/poll.hh"
#include "base/stream.hh"
#include "base/system_error.hh"

namespace rootlayer {

namespace {

constexpr std::size_t kMaxOutput = std::size_t{16} << 20;
constexpr std::size_t kMaxErrors = std::size_t{1} << 20;

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const auto& text : strings)
        result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

/// Everything the child needs between fork and exec, prepared before the fork: afterwards only
/// async-signal-safe calls are allowed.
struct Prepared {
    std::string program;
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::vector<int> keepFds; ///< in order
    const Command& command;
    int devNull;
    int errorPipe;
    pid_t parent;
};

[[noreturn]] void fail(const Prepared& prepared) {
    const int number = errno;
    [[maybe_unused]] const auto written = ::write(prepared.errorPipe, &number, sizeof number);
    ::_exit(127);
}

void placeStandardFds(const Prepared& prepared) {
    const std::array<int, 3> wanted{prepared.command.stdinFd, prepared.command.stdoutFd,
                                    prepared.command.stderrFd};
    std::array<int, 3> moved{};
    for (std::size_t i = 0; i < 3; ++i) {
        // First move them out of the way, so that dup2() overwrites none that is still needed.
        moved.at(i) = ::fcntl(wanted.at(i) < 0 ? prepared.devNull : wanted.at(i), F_DUPFD_CLOEXEC, 3);
        if (moved.at(i) < 0) fail(prepared);
    }
    for (int i = 0; i < 3; ++i) {
        if (::dup2(moved.at(static_cast<std::size_t>(i)), i) < 0) fail(prepared);
    }
}

void closeOnExec(unsigned first, unsigned last) {
    constexpr unsigned kCloexec = 4; // CLOSE_RANGE_CLOEXEC
    constexpr unsigned kMax = 65536; // more than most processes may have, and fast enough
    if (first > last || ::syscall(SYS_close_range, first, last, kCloexec) == 0) return;
    for (unsigned fd = first; fd <= std::min(last, kMax); ++fd) // before Linux 5.11
        ::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
}

/// Our caller may have descriptors without O_CLOEXEC: secrets, or files that it writes to.
void keepOnly(const std::vector<int>& kept) {
    unsigned next = 3;
    for (const int fd : kept) {
        const auto number = static_cast<unsigned>(fd);
        if (number > next) closeOnExec(next, number - 1);
        ::fcntl(fd, F_SETFD, 0);
        next = std::max(next, number + 1);
    }
    closeOnExec(next, ~0U);
}

[[noreturn]] void runChild(const Prepared& prepared) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; ++number) {
        // If our caller ignores SIGXFSZ, so do the programs we start: they get EFBIG instead of being killed.
        if (number != SIGXFSZ) ::signal(number, SIG_DFL);
    }
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (prepared.command.newSession) ::setsid();
    placeStandardFds(prepared);
    keepOnly(prepared.keepFds);
    if (!prepared.command.workdir.empty() && ::chdir(prepared.command.workdir.c_str()) != 0) fail(prepared);
    if (prepared.command.confine) {
        errno = prepared.command.confine();
        if (errno != 0) fail(prepared);
    }
    if (!prepared.command.outliveUs) {
        // Last, because a change of user or of capabilities would clear it.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != prepared.parent) ::_exit(127);
    }
    ::execve(prepared.program.c_str(), prepared.argv.data(), prepared.envp.data());
    fail(prepared);
}

[[noreturn]] void refuseStart(const std::string& program, int number) {
    throw Error(ErrorCode::System, fmt::format("cannot start {}: {}", quote(program), ::strerror(number)),
                number == ENOENT ? fmt::format("install {}", program) : "");
}

/// Reads what is available; false at the end.
bool drain(int fd, std::string& into) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

} // namespace

std::string ExitStatus::str() const {
    return signal != 0 ? fmt::format("killed by signal {}", signal) : fmt::format("exit status {}", code);
}

std::optional<std::string> findProgram(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        return ::access(std::string(name).c_str(), X_OK) == 0 ? std::optional(std::string(name))
                                                              : std::nullopt;
    }
    if (auto installed = installedProgram(name)) return installed;
    const char* variable = ::getenv("PATH");
    std::string_view path = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
    // Programs such as mkfs are in directories that an ordinary user's PATH does not include.
    const std::string all = std::string(path) + ":/usr/sbin:/sbin";
    for (std::size_t at = 0; at <= all.size();) {
        const auto end = std::min(all.find(':', at), all.size());
        const auto candidate = fmt::format("{}/{}", all.substr(at, end - at), name);
        if (end > at && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        at = end + 1;
    }
    return std::nullopt;
}

Child Child::start(const Command& command) {
    const auto program = findProgram(command.argv.at(0));
    if (!program) refuseStart(command.argv.at(0), ENOENT);
    const UniqueFd devNull(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!devNull) throw systemError("cannot open /dev/null");
    Pipe errors = makePipe();
    auto argv = command.argv;
    const auto file = loadedBy(*program, argv);
    Prepared prepared{file,          pointers(argv),      {},        command.keepFds, command,
                      devNull.get(), errors.writer.get(), ::getpid()};
    std::sort(prepared.keepFds.begin(), prepared.keepFds.end());
    if (command.environment) {
        prepared.envp = pointers(*command.environment);
    } else {
        for (char** entry = environ; *entry != nullptr; ++entry)
            prepared.envp.push_back(*entry);
        prepared.envp.push_back(nullptr);
    }

    const pid_t pid = ::fork();
    if (pid < 0) throw systemError(fmt::format("cannot start {}", quote(*program)));
    if (pid == 0) runChild(prepared);

    Child child(pid, UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
    errors.writer.reset();
    int number = 0;
    if (::read(errors.reader.get(), &number, sizeof number) == sizeof number) {
        child.kill();
        refuseStart(*program, number);
    }
    return child;
}

Child::Child(Child&& other) noexcept
    : m_pid(std::exchange(other.m_pid, -1)), m_pidfd(std::move(other.m_pidfd)), m_status(other.m_status) {}

Child& Child::operator=(Child&& other) noexcept {
    if (this != &other) {
        kill();
        m_pid = std::exchange(other.m_pid, -1);
        m_pidfd = std::move(other.m_pidfd);
        m_status = other.m_status;
    }
    return *this;
}

Child::~Child() {
    kill();
}

bool Child::reap(bool block) noexcept {
    if (m_status) return true;
    if (m_pid < 0) return true;
    int status = 0;
    pid_t got = 0;
    do {
        got = ::waitpid(m_pid, &status, block ? 0 : WNOHANG);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return false;
    m_status =
        ExitStatus{WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    return true;
}

bool Child::running() {
    return !reap(false);
}

std::optional<ExitStatus> Child::wait(Deadline deadline, const CancelToken* cancel) {
    while (!reap(false)) {
        std::array<pollfd, 2> waits{
            {{m_pidfd.get(), POLLIN, 0}, {cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0}}};
        const int ready = ::poll(waits.data(), waits.size(), deadline.pollTimeout());
        // Destructors wait here: a poll that fails is no error, but must not keep a processor busy.
        if (ready < 0 && errno != EINTR) ::usleep(10'000);
        if (cancel != nullptr) cancel->check();
        if (ready <= 0 && deadline.expired()) return std::nullopt;
    }
    return m_status;
}

void Child::signal(int number) const noexcept {
    if (m_pid > 0 && !m_status) ::kill(m_pid, number);
}

void Child::kill() noexcept {
    if (m_pid < 0 || m_status) return;
    ::kill(m_pid, SIGKILL);
    reap(true);
}

CommandOutput runCommand(Command command, Deadline deadline, const CancelToken* cancel) {
    Pipe out = makePipe();
    Pipe err = makePipe();
    command.stdoutFd = out.writer.get();
    command.stderrFd = err.writer.get();
    Child child = Child::start(command);
    out.writer.reset();
    err.writer.reset();

    CommandOutput result;
    bool outOpen = true;
    bool errOpen = true;
    while (outOpen || errOpen) {
        std::array<pollfd, 3> waits{{{outOpen ? out.reader.get() : -1, POLLIN, 0},
                                     {errOpen ? err.reader.get() : -1, POLLIN, 0},
                                     {cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0}}};
        pollFiles(waits, deadline.pollTimeout());
        if (cancel != nullptr) cancel->check();
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, fmt::format("{} did not end in time", quote(command.argv[0])));
        }
        if (waits[0].revents != 0) outOpen = drain(out.reader.get(), result.out);
        if (waits[1].revents != 0) errOpen = drain(err.reader.get(), result.err);
        if (result.out.size() > kMaxOutput) {
            throw Error(ErrorCode::Resource,
                        fmt::format("{} wrote more than 16 MiB", quote(command.argv[0])));
        }
        if (result.err.size() > kMaxErrors) result.err.erase(0, result.err.size() - kMaxErrors);
    }
    const auto status = child.wait(deadline, cancel);
    if (!status)
        throw Error(ErrorCode::Timeout, fmt::format("{} did not end in time", quote(command.argv[0])));
    result.status = *status;
    return result;
}

std::string requireCommand(Command command, Deadline deadline, std::string_view what,
                           const CancelToken* cancel) {
    const auto program = command.argv.at(0);
    auto result = runCommand(std::move(command), deadline, cancel);
    if (result.status.success()) return std::move(result.out);
    constexpr std::size_t tail = 2000;
    const auto from = result.err.size() > tail ? result.err.size() - tail : 0;
    throw Error(saysNoSpace(result.err) ? ErrorCode::Resource : ErrorCode::System,
                fmt::format("{}: {} ended with {}: {}", what, program, result.status.str(),
                            escaped(std::string_view(result.err).substr(from))));
}

} // namespace rootlayer

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// How a process ended.
struct ExitStatus {
    int code = 0;   ///< exit status, when it exited
    int signal = 0; ///< the signal that killed it, else 0

    bool success() const { return code == 0 && signal == 0; }
    /// "exit status 1", "killed by signal 9".
    std::string str() const;
};

/// A program to start. findProgram() looks for argv[0].
struct Command {
    std::vector<std::string> argv;
    std::optional<std::vector<std::string>> environment; ///< "K=V"; default: inherited
    std::string workdir;                                 ///< default: inherited
    int stdinFd = -1;                                    ///< -1: /dev/null, for each of the three
    int stdoutFd = -1;
    int stderrFd = -1;
    std::vector<int> keepFds; ///< further descriptors to inherit, with the same numbers; it gets no others
    bool newSession = false;  ///< setsid(2): the terminal sends it no signals
    bool outliveUs = false;   ///< false: the kernel kills it when the starting thread ends
    /// Confines the child before the program starts. Returns 0, or an errno with which the start fails. Only
    /// async-signal-safe calls.
    std::function<int()> confine;
};

/// A running child; killed (SIGKILL) and reaped when it goes out of scope.
class Child final {
  public:
    /// Throws Error{System} if the program cannot be started; if it is missing, the hint is to install it.
    static Child start(const Command& command);

    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    ~Child();

    pid_t pid() const { return m_pid; }
    /// Waits for the end; nullopt if the deadline passes first. Throws Error{Cancelled} if the token is
    /// cancelled.
    std::optional<ExitStatus> wait(Deadline deadline, const CancelToken* cancel = nullptr);
    /// Is it still running? Does not block.
    bool running();
    void signal(int number) const noexcept;
    /// SIGKILL, then reap.
    void kill() noexcept;

  private:
    explicit Child(pid_t pid, UniqueFd pidfd) : m_pid(pid), m_pidfd(std::move(pidfd)) {}
    bool reap(bool block) noexcept;

    pid_t m_pid = -1;
    UniqueFd m_pidfd;
    std::optional<ExitStatus> m_status;
};

/// The output of a short-lived program.
struct CommandOutput {
    ExitStatus status;
    std::string out;
    std::string err;
};

/// Runs a program to its end, with stdin from /dev/null unless set. Keeps the last 1 MiB of stderr and up to
/// 16 MiB of stdout; throws Error{Resource} if stdout is longer, and Error{Timeout} naming the program when
/// the deadline passes.
CommandOutput runCommand(Command command, Deadline deadline, const CancelToken* cancel = nullptr);

/// Like runCommand(), but throws Error{System} with the tail of stderr unless the program exits with 0.
/// Returns stdout.
std::string requireCommand(Command command, Deadline deadline, std::string_view what,
                           const CancelToken* cancel = nullptr);

/// The full path of a program: of one that is installed with this code (installedDirectory()), else in PATH,
/// /usr/sbin or /sbin, or nullopt.
std::optional<std::string> findProgram(std::string_view name);

} // namespace rootlayer

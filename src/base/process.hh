#pragma once

#include <cstdint>
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
    int signal = 0; ///< the signal that ended it, else 0

    bool success() const { return code == 0 && signal == 0; }
    /// "exit status 1", "killed by signal 9".
    std::string str() const;
};

/// A program to start. argv[0] is looked up in PATH unless it holds a slash.
struct Command {
    std::vector<std::string> argv;
    std::optional<std::vector<std::string>> environment; ///< "K=V"; default: ours
    std::string workdir;                                 ///< default: ours
    int stdinFd = -1;                                    ///< -1: /dev/null, for each of the three
    int stdoutFd = -1;
    int stderrFd = -1;
    std::vector<int> keepFds; ///< further descriptors that stay open, under their own numbers
    bool newSession = false;  ///< setsid: the terminal's signals do not reach it
    bool outliveUs = false;   ///< by default the kernel kills it when the thread that started it ends
};

/// A running child; killed (SIGKILL) and reaped when it goes out of scope.
class Child final {
  public:
    /// Throws Error{System} when the program cannot be started; ENOENT reads "'tar2sqfs' is not installed".
    static Child start(const Command& command);

    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    ~Child();

    pid_t pid() const { return m_pid; }
    /// Waits for the end; nullopt when the deadline passes first. Throws Error{Cancelled} when the token is
    /// cancelled.
    std::optional<ExitStatus> wait(Deadline deadline, const CancelToken* cancel = nullptr);
    /// Non-blocking: has it ended?
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

/// What a short program said.
struct CommandOutput {
    ExitStatus status;
    std::string out;
    std::string err;
};

/// Runs a program to its end, with stdin from /dev/null unless set, and keeps the last 1 MiB of stderr and up
/// to 16 MiB of stdout (Error{Resource} above). Throws Error{Timeout} naming the program when the deadline
/// passes.
CommandOutput runCommand(Command command, Deadline deadline, const CancelToken* cancel = nullptr);

/// The same, and throws Error{code} with the tail of stderr unless it exits with 0. Returns stdout.
std::string requireCommand(Command command, Deadline deadline, std::string_view what,
                           const CancelToken* cancel = nullptr);

/// The full path of a program in PATH, or nullopt.
std::optional<std::string> findProgram(std::string_view name);

} // namespace rootlayer

#pragma once

#include <optional>
#include <string>

#include "base/process.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// Cleans up after a run if this process is killed, even by kill -9. A small shell in its own session waits
/// for the end of a pipe whose write end only we have. If the pipe is closed without a farewell, it kills
/// (SIGKILL) our user's processes whose command line contains the directory, as QEMU's does, and removes the
/// directory. Signals of the terminal do not reach it.
class Guardian final {
  public:
    /// `directory` is absolute, private, and has a name that no other command line contains by chance
    /// (mkdtemp's). Throws Error{Internal} otherwise.
    explicit Guardian(const std::string& directory);
    Guardian(Guardian&&) noexcept = default;
    Guardian& operator=(Guardian&&) = delete;
    /// Dismisses the shell. The directory is not touched.
    ~Guardian();

    /// Makes the shell kill the processes and remove the directory now, and waits for it.
    void killNow() noexcept;

    /// The shell's process; -1 if there is none.
    pid_t pid() const { return m_shell ? m_shell->pid() : -1; }

  private:
    UniqueFd m_lifeline;
    std::optional<Child> m_shell;
};

} // namespace rootlayer::vm

#pragma once

#include <optional>
#include <string>

#include "base/process.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// Sees to it that nothing of a run outlives us, kill -9 included: a tiny shell in a session of its own waits
/// for the end of a pipe that only we hold. When we are gone without a farewell it kills (SIGKILL) the
/// processes of our user whose command line names the directory, as QEMU's does, and removes the directory.
/// The terminal's signals do not reach it.
class Guardian final {
  public:
    /// `directory`: absolute, ours alone, and with a name that nobody else's command line holds by chance
    /// (mkdtemp's). Throws Error{Internal} for anything else.
    explicit Guardian(const std::string& directory);
    Guardian(Guardian&&) noexcept = default;
    Guardian& operator=(Guardian&&) = delete;
    /// Dismisses it: the directory is left as it is.
    ~Guardian();

    /// Has it act now, and waits for that: the processes are killed, the directory is removed.
    void killNow() noexcept;

    /// The watching process.
    pid_t pid() const { return m_shell ? m_shell->pid() : -1; }

  private:
    UniqueFd m_lifeline;
    std::optional<Child> m_shell;
};

} // namespace rootlayer::vm

#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// The QEMU process of one of our machines, which libvirt has started. It is held by a pidfd, so that a
/// reused pid does no harm.
class QemuProcess final {
  public:
    /// The process at the other end of a unix socket, if it belongs to our user and its command line contains
    /// `directory`.
    static std::optional<QemuProcess> atOtherEnd(int socket, const std::string& directory);

    pid_t pid() const { return m_pid; }
    bool running() const;
    /// Sends SIGKILL and waits for the process to exit, but not for its parent to reap it. False on failure.
    bool kill(Deadline deadline) const noexcept;

  private:
    QemuProcess(pid_t pid, UniqueFd pidfd) : m_pid(pid), m_pidfd(std::move(pidfd)) {}

    pid_t m_pid;
    UniqueFd m_pidfd;
};

/// Sends SIGKILL to all other processes of our user whose command line contains `directory`. Errors are
/// ignored.
void killProcessesNaming(const std::string& directory) noexcept;

} // namespace rootlayer::vm

#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// A QEMU that works for us, though libvirt started it: known by its pid, held by a pidfd, so that no other
/// process can be meant.
class QemuProcess final {
  public:
    /// The process at the other end of a unix socket, if it is our user's and its command line names
    /// `directory`.
    static std::optional<QemuProcess> atOtherEnd(int socket, const std::string& directory);

    pid_t pid() const { return m_pid; }
    bool running() const;
    /// SIGKILL, and waits for the end (not for the parent to reap it). False when it cannot be done.
    bool kill(Deadline deadline) const noexcept;

  private:
    QemuProcess(pid_t pid, UniqueFd pidfd) : m_pid(pid), m_pidfd(std::move(pidfd)) {}

    pid_t m_pid;
    UniqueFd m_pidfd;
};

/// SIGKILL to every process of our user, but us, whose command line names `directory`.
void killProcessesNaming(const std::string& directory) noexcept;

} // namespace rootlayer::vm

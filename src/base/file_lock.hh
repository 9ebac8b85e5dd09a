#pragma once

#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A lock between processes and threads (flock(2)), held while the object lives. The kernel drops
/// it when the process dies, however it dies. The lock's file stays: removing it would let two holders in.
class FileLock final {
  public:
    /// Makes the file if need be (mode 0600) and waits for the lock. Throws Error{Timeout} naming the file
    /// when the deadline passes, Error{Cancelled} when cancelled, Error{System} when the file cannot be made.
    FileLock(const std::string& path, Deadline deadline, const CancelToken* cancel = nullptr);
    FileLock(FileLock&&) = default;
    /// The same, but many may hold it so at once, and none exclusively. On a file system that is mounted
    /// read-only there is nothing to wait for.
    static FileLock shared(const std::string& path, Deadline deadline, const CancelToken* cancel = nullptr);
    /// Only if nobody holds it; does not wait.
    static std::optional<FileLock> tryLock(const std::string& path);

  private:
    explicit FileLock(UniqueFd fd) : m_fd(std::move(fd)) {}
    void wait(const std::string& path, int kind, Deadline deadline, const CancelToken* cancel);

    UniqueFd m_fd;
};

} // namespace rootlayer

#pragma once

#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A lock between processes and threads (flock(2)), held while the object lives. The kernel releases it when
/// the process dies. The lock file is never removed: that would let two processes hold the lock.
class FileLock final {
  public:
    /// Creates the file if needed (mode 0600) and waits for the lock. Throws Error{Timeout} naming the file
    /// when the deadline passes, Error{Cancelled} when cancelled, Error{System} when the file cannot be
    /// opened.
    FileLock(const std::string& path, Deadline deadline, const CancelToken* cancel = nullptr);
    FileLock(FileLock&&) = default;
    /// A shared lock: many can hold it at once, but not together with an exclusive one. On a read-only file
    /// system it returns at once without a lock.
    static FileLock shared(const std::string& path, Deadline deadline, const CancelToken* cancel = nullptr);
    /// Takes the exclusive lock without waiting; nullopt if it is held.
    static std::optional<FileLock> tryLock(const std::string& path);

  private:
    explicit FileLock(UniqueFd fd) : m_fd(std::move(fd)) {}
    void wait(const std::string& path, int kind, Deadline deadline, const CancelToken* cancel);

    UniqueFd m_fd;
};

} // namespace rootlayer

#include "base/file_lock.hh"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/poll.hh"
#include "base/system_error.hh"

namespace rootlayer {

namespace {

constexpr int kRetryMilliseconds = 50;

UniqueFd openLock(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) {
        throw systemError(fmt::format("cannot open the lock {}", quote(path)),
                          "choose a cache that you can write, with --cache-dir");
    }
    return fd;
}

bool isReadOnly(const std::string& path) {
    return ::access(path.substr(0, path.rfind('/') + 1).c_str(), W_OK) != 0 && errno == EROFS;
}

// flock(2) has no timeout and cannot wait for a second descriptor, so the lock is polled.
void pauseBriefly(const Deadline& deadline, const CancelToken* cancel) {
    pollfd wait{cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0};
    const int left = deadline.pollTimeout();
    pollFiles({&wait, 1}, left < 0 ? kRetryMilliseconds : std::min(left, kRetryMilliseconds));
    if (cancel != nullptr) cancel->check();
}

} // namespace

FileLock::FileLock(const std::string& path, Deadline deadline, const CancelToken* cancel)
    : m_fd(openLock(path)) {
    wait(path, LOCK_EX, deadline, cancel);
}

FileLock FileLock::shared(const std::string& path, Deadline deadline, const CancelToken* cancel) {
    // Nobody can hold the lock exclusively on a read-only file system, and its file may not exist.
    if (isReadOnly(path)) return FileLock(UniqueFd());
    FileLock lock(openLock(path));
    lock.wait(path, LOCK_SH, deadline, cancel);
    return lock;
}

void FileLock::wait(const std::string& path, int kind, Deadline deadline, const CancelToken* cancel) {
    while (::flock(m_fd.get(), kind | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw systemError(fmt::format("cannot lock {}", quote(path)));
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout,
                        fmt::format("the lock {} is still held by another process", quote(path)),
                        "wait for the other rootlayer to end, or stop it");
        }
        pauseBriefly(deadline, cancel);
    }
}

std::optional<FileLock> FileLock::tryLock(const std::string& path) {
    auto fd = openLock(path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
    return FileLock(std::move(fd));
}

} // namespace rootlayer

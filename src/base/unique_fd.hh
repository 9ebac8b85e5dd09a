#pragma once

#include <utility>

namespace rootlayer {

/// Owns one file descriptor, and closes it.
class UniqueFd final {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : m_fd(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    int get() const noexcept { return m_fd; }
    explicit operator bool() const noexcept { return m_fd >= 0; }
    int release() noexcept { return std::exchange(m_fd, -1); }
    void reset() noexcept;

  private:
    int m_fd = -1;
};

/// A pipe, both ends close-on-exec.
struct Pipe {
    UniqueFd reader;
    UniqueFd writer;
};

/// Throws Error{Resource} if no descriptor is free.
Pipe makePipe();

} // namespace rootlayer

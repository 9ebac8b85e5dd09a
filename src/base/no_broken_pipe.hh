#pragma once

#include <csignal>

namespace rootlayer {

/// Blocks SIGPIPE in this thread while it writes to a program that may exit. A library must not ignore the
/// signal for the whole process.
class NoBrokenPipe final {
  public:
    NoBrokenPipe();
    NoBrokenPipe(const NoBrokenPipe&) = delete;
    NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
    ~NoBrokenPipe();

  private:
    sigset_t m_signal{};
    sigset_t m_before{};
};

} // namespace rootlayer

#pragma once

#include <csignal>

namespace rootlayer {

/// Keeps SIGPIPE from this thread while it writes to a program that may end: a library cannot ignore it for
/// all.
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

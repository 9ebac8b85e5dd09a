#pragma once

#include <csignal>

namespace rootlayer {

/// Blocks all signals in this thread while the object lives, so that threads started meanwhile never handle
/// the signals of a library's caller.
class NoSignals final {
  public:
    NoSignals() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &m_before);
    }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;
    ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }

  private:
    sigset_t m_before{};
};

} // namespace rootlayer

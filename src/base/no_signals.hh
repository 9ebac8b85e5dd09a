#pragma once

#include <csignal>

namespace rootlayer {

/// Blocks all signals of this thread while it lives: a thread that is started meanwhile never gets one, and a
/// library's caller keeps its own.
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

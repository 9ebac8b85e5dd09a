#include "base/no_broken_pipe.hh"

#include <ctime>

namespace rootlayer {

NoBrokenPipe::NoBrokenPipe() {
    sigemptyset(&m_signal);
    sigaddset(&m_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &m_signal, &m_before);
}

NoBrokenPipe::~NoBrokenPipe() {
    if (sigismember(&m_before, SIGPIPE) == 1) return;
    const timespec now{};
    while (::sigtimedwait(&m_signal, nullptr, &now) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

} // namespace rootlayer

#include <cstdint>
#include <rootlayer/cancel.hh>

#include <atomic>
#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

struct CancelToken::State {
    UniqueFd fd;
    std::atomic<bool> cancelled{false};
};

CancelToken::CancelToken() : m_state(std::make_shared<State>()) {
    m_state->fd = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!m_state->fd) throw systemError("cannot make an eventfd");
}

void CancelToken::cancel() const noexcept {
    const int saved = errno;
    if (!m_state->cancelled.exchange(true)) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(m_state->fd.get(), &one, sizeof one);
    }
    errno = saved;
}

bool CancelToken::cancelled() const noexcept {
    return m_state->cancelled;
}

void CancelToken::check() const {
    if (cancelled()) throw Error(ErrorCode::Cancelled, "stopped on request");
}

int CancelToken::pollFd() const noexcept {
    return m_state->fd.get();
}

} // namespace rootlayer

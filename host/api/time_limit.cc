#include "api/time_limit.hh"

#include <array>
#include <atomic>
#include <fmt/format.h>
#include <poll.h>
#include <thread>

#include <rootlayer/error.hh>

#include "base/deadline.hh"
#include "base/no_signals.hh"
#include "base/units.hh"

namespace rootlayer::api {

namespace {

/// Cancels a token from a thread of its own: the call may be anywhere, and has no loop to ask.
class Alarm final {
  public:
    Alarm(std::chrono::milliseconds limit, const CancelToken& caller) : m_caller(caller) {
        const NoSignals blocked;
        m_thread = std::thread([this, end = Deadline::after(limit)] { wait(end); });
    }
    ~Alarm() {
        m_done.cancel();
        m_thread.join();
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    const CancelToken& token() const { return m_token; }
    bool rang() const { return m_rang; }

  private:
    void wait(const Deadline& end) noexcept {
        std::array<pollfd, 2> waits{{{m_caller.pollFd(), POLLIN, 0}, {m_done.pollFd(), POLLIN, 0}}};
        while (!m_caller.cancelled() && !m_done.cancelled() && !end.expired())
            ::poll(waits.data(), waits.size(), end.pollTimeout());
        if (m_done.cancelled()) return;
        if (!m_caller.cancelled()) m_rang = true;
        m_token.cancel();
    }

    CancelToken m_caller;
    CancelToken m_token;
    CancelToken m_done;
    std::atomic<bool> m_rang{false};
    std::thread m_thread;
};

} // namespace

void withinTime(std::chrono::milliseconds limit, const CancelToken& cancel,
                const std::function<void(const CancelToken&)>& act) {
    if (limit.count() <= 0) return act(cancel);
    const Alarm alarm(limit, cancel);
    try {
        act(alarm.token());
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Cancelled || !alarm.rang()) throw;
        throw Error(
            ErrorCode::Timeout,
            fmt::format("the time limit of {} for the whole command has passed", humanDuration(limit)),
            "use a longer --deadline");
    }
}

} // namespace rootlayer::api

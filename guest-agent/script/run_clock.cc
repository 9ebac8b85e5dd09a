#include "guest-agent/script/run_clock.hh"

#include <cstdint>
#include <ctime>
#include <limits>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

std::int64_t nanoseconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Moment now() {
    Moment moment;
    moment.before = nanoseconds(CLOCK_MONOTONIC);
    moment.real = nanoseconds(CLOCK_REALTIME);
    moment.after = nanoseconds(CLOCK_MONOTONIC);
    return moment;
}

/// A timer that never fires, but is cancelled when the clock is set (timerfd_create(2)).
UniqueFd makeTimer() {
    UniqueFd timer(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    const itimerspec never{{}, {std::numeric_limits<std::int32_t>::max() * std::int64_t{4}, 0}};
    if (!timer ||
        ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) != 0) {
        throw systemError("cannot watch the guest's clock");
    }
    return timer;
}

} // namespace

RunClock::RunClock() : m_timer(makeTimer()), m_times(now()) {}

void RunClock::look() {
    std::uint64_t times = 0;
    // ECANCELED means that the clock was set. The descriptor stays readable until it is read.
    [[maybe_unused]] const auto got = ::read(m_timer.get(), &times, sizeof times);
    m_times.add(now());
}

} // namespace rootlayer::guest

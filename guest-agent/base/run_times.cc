#include "guest-agent/base/run_times.hh"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace rootlayer::guest {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kRounding = 2; // seconds
// A clock that is set more often is set at random; its times need not be right.
constexpr std::size_t kMaxSpans = 1000;

std::int64_t secondsOf(std::int64_t nanoseconds) {
    return nanoseconds / kSecond - (nanoseconds % kSecond < 0 ? 1 : 0);
}

} // namespace

RunTimes::RunTimes(const Moment& begin) : m_last(begin), m_spans{{begin.real, begin.real}} {}

void RunTimes::add(const Moment& now) {
    // The possible values of the clock if nobody has set it.
    const auto least = m_last.real + (now.before - m_last.after);
    const auto most = m_last.real + (now.after - m_last.before);
    auto& span = m_spans.back();
    if (now.real >= least && now.real <= most) {
        span.to = std::max(span.to, now.real);
    } else {
        span.to = std::max(span.to, most);
        begin(now.real - (now.after - now.before), now.real);
    }
    m_last = now;
}

void RunTimes::begin(std::int64_t from, std::int64_t to) {
    const auto meets = [&](const Span& span) {
        return from <= span.to + kRounding * kSecond && to >= span.from - kRounding * kSecond;
    };
    const auto known = std::find_if(m_spans.begin(), m_spans.end(), meets);
    if (known != m_spans.end()) {
        known->from = std::min(known->from, from);
        known->to = std::max(known->to, to);
        std::iter_swap(known, m_spans.end() - 1);
    } else if (m_spans.size() < kMaxSpans) {
        m_spans.push_back({from, to});
    } else {
        m_spans.back() = {from, to};
    }
}

bool RunTimes::hold(std::int64_t seconds) const {
    return std::any_of(m_spans.begin(), m_spans.end(), [&](const Span& span) {
        return seconds >= secondsOf(span.from) - kRounding && seconds <= secondsOf(span.to) + kRounding;
    });
}

} // namespace rootlayer::guest

#include "base/deadline.hh"

#include <algorithm>
#include <limits>

namespace rootlayer {

int Deadline::pollTimeout() const {
    if (!m_at) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*m_at - Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, std::numeric_limits<int>::max()));
}

Deadline Deadline::sooner(const Deadline& other) const {
    if (!m_at) return other;
    if (!other.m_at) return *this;
    return Deadline(std::min(*m_at, *other.m_at));
}

} // namespace rootlayer

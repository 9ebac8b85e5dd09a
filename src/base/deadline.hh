#pragma once

#include <chrono>
#include <optional>

namespace rootlayer {

/// A point in time by which something must have happened, on the monotonic clock.
class Deadline final {
  public:
    using Clock = std::chrono::steady_clock;

    static Deadline after(std::chrono::milliseconds time) { return Deadline(Clock::now() + time); }
    static Deadline never() { return Deadline(); }

    bool expired() const { return m_at && Clock::now() >= *m_at; }
    /// For poll(2): milliseconds left, rounded up; 0 when expired; -1 for never.
    int pollTimeout() const;
    /// The earlier of the two.
    Deadline sooner(const Deadline& other) const;

  private:
    Deadline() = default;
    explicit Deadline(Clock::time_point at) : m_at(at) {}
    std::optional<Clock::time_point> m_at;
};

} // namespace rootlayer

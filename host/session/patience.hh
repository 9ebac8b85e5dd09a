#pragma once

#include <chrono>
#include <cstdint>

#include "base/deadline.hh"

namespace rootlayer::session {

/// How long the host waits for a layer in all: some time, and more for each byte that arrives. Heartbeats do
/// not count. Only the time that the host spends waiting is counted, not what it does itself.
class Patience final {
  public:
    /// A guest that sends less than this over a long time is not packing: 64 bytes a millisecond.
    static constexpr std::uint64_t kSlowestBytesPerMs = 64;

    explicit Patience(std::chrono::milliseconds atFirst) : m_allowed(atFirst) {}

    void delivered(std::uint64_t bytes) { m_bytes += bytes; }
    /// Adds to the time spent.
    void waited(std::chrono::nanoseconds time) { m_waited += time; }
    /// When it ends if nothing more arrives.
    Deadline end() const { return Deadline::after(left()); }
    bool ended() const { return left() <= std::chrono::milliseconds(0); }

  private:
    std::chrono::milliseconds left() const {
        const std::chrono::milliseconds earned(static_cast<std::int64_t>(m_bytes / kSlowestBytesPerMs));
        return m_allowed + earned - std::chrono::duration_cast<std::chrono::milliseconds>(m_waited);
    }

    std::chrono::milliseconds m_allowed;
    std::uint64_t m_bytes = 0;
    std::chrono::nanoseconds m_waited{0};
};

} // namespace rootlayer::session

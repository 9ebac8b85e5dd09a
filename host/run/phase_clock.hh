#pragma once

#include <string_view>
#include <vector>

#include <rootlayer/event.hh>
#include <rootlayer/run_result.hh>

namespace rootlayer::run {

/// Reports each phase to the observer and records how long it took.
class PhaseClock final {
  public:
    explicit PhaseClock(Observer& observer) : m_observer(observer) {}

    /// Ends the current phase, if any, and begins this one. `phase` must be a literal.
    void begin(std::string_view phase);
    void end();
    const std::vector<PhaseTime>& times() const { return m_times; }

  private:
    Observer& m_observer;
    std::string_view m_phase;
    std::chrono::steady_clock::time_point m_began;
    std::vector<PhaseTime> m_times;
};

} // namespace rootlayer::run

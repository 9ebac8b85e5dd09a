#include "run/phase_clock.hh"

namespace rootlayer::run {

using std::chrono::steady_clock;

void PhaseClock::begin(std::string_view phase) {
    end();
    m_phase = phase;
    m_began = steady_clock::now();
    m_observer.onEvent({.kind = Event::Kind::PhaseStarted, .phase = phase});
}

void PhaseClock::end() {
    if (m_phase.empty()) return;
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - m_began);
    m_times.push_back({std::string(m_phase), elapsed});
    m_observer.onEvent({.kind = Event::Kind::PhaseFinished, .phase = m_phase, .elapsed = elapsed});
    m_phase = {};
}

} // namespace rootlayer::run

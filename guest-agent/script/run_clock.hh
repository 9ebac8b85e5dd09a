#pragma once

#include "base/unique_fd.hh"
#include "guest-agent/base/run_times.hh"

namespace rootlayer::guest {

/// Follows the guest's clock through the run, which begins here.
class RunClock final {
  public:
    /// Throws Error{System}.
    RunClock();

    /// Readable when somebody has set the clock: time for look().
    int fd() const { return m_timer.get(); }
    /// The run has come to here.
    void look();
    const RunTimes& times() const { return m_times; }

  private:
    UniqueFd m_timer;
    RunTimes m_times;
};

} // namespace rootlayer::guest

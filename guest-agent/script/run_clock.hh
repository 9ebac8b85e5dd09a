#pragma once

#include "base/unique_fd.hh"
#include "guest-agent/base/run_times.hh"

namespace rootlayer::guest {

/// Records the guest's clock during the run, which begins at construction.
class RunClock final {
  public:
    /// Throws Error{System}.
    RunClock();

    /// Readable after somebody has set the clock; then call look().
    int fd() const { return m_timer.get(); }
    /// Extends the run to now.
    void look();
    const RunTimes& times() const { return m_times; }

  private:
    UniqueFd m_timer;
    RunTimes m_times;
};

} // namespace rootlayer::guest

#pragma once

#include <cstdint>
#include <vector>

namespace rootlayer::guest {

/// A reading of the guest's clocks, in nanoseconds. CLOCK_REALTIME can be set, also by the script;
/// CLOCK_MONOTONIC only advances. The latter is read before and after, since the process may be interrupted
/// in between.
struct Moment {
    std::int64_t before = 0; ///< CLOCK_MONOTONIC
    std::int64_t real = 0;   ///< CLOCK_REALTIME
    std::int64_t after = 0;  ///< CLOCK_MONOTONIC
};

/// The intervals that CLOCK_REALTIME has passed through during the run. Files that the run writes have times
/// within them, whatever the host's clock says (T5). There is one interval, and one more each time that the
/// clock is set.
class RunTimes final {
  public:
    explicit RunTimes(const Moment& begin);

    /// Extends the run to this moment.
    void add(const Moment& now);
    /// Is a time, in seconds since the epoch, within the run? Two seconds of tolerance: archives round times,
    /// zip to even seconds.
    bool hold(std::int64_t seconds) const;

  private:
    struct Span {
        std::int64_t from = 0;
        std::int64_t to = 0;
    };

    void begin(std::int64_t from, std::int64_t to);

    Moment m_last;
    std::vector<Span> m_spans; ///< the last one grows
};

} // namespace rootlayer::guest

#pragma once

#include <cstdint>
#include <vector>

namespace rootlayer::guest {

/// What the guest's clocks say, in nanoseconds. The clock of day can be set, by the script too; the other one
/// only goes on. It is read before and after, since the reader may have to wait for the processor.
struct Moment {
    std::int64_t before = 0; ///< CLOCK_MONOTONIC
    std::int64_t real = 0;   ///< CLOCK_REALTIME
    std::int64_t after = 0;  ///< CLOCK_MONOTONIC
};

/// The spans of time through which the clock of day went during the run. Files that the run writes get their
/// times from them, whatever the host's clock says (T5). There is one, and one more for each time that the
/// clock was set.
class RunTimes final {
  public:
    explicit RunTimes(const Moment& begin);

    /// The run has come to here.
    void add(const Moment& now);
    /// Does a time, in seconds since the epoch, lie in the run? A time that misses it by two seconds does,
    /// too: archives round, zip to even seconds.
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

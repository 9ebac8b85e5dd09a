#pragma once

#include <chrono>
#include <cstdint>

namespace rootlayer {

/// Lets a Builder keep one machine ready for its next run. While a script runs, a machine like its own is
/// restored from the template, and waits, paused and with an empty scratch disk, until a run wants one like
/// it (docs/templates.md). Only machines from templates can wait. The layers are the same either way.
struct StandbyMachine {
    /// The most memory (RunSpec::memory, in bytes) of a machine that may wait. 0: none waits.
    std::uint64_t maxMemory = 0;
    /// How long a machine waits before it is ended.
    std::chrono::seconds maxWait{60};
};

} // namespace rootlayer

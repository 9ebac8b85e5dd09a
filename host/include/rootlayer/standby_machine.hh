#pragma once

#include <chrono>
#include <cstdint>

namespace rootlayer {

/// What a Builder may keep ready for its next run: one machine like that of the run before, restored from
/// its template while that run's script works, without disks, and not moving until a run comes for it that
/// wants such a one (docs/templates.md). The layers are the same either way.
struct StandbyMachine {
    /// The largest memory (RunSpec::memory, bytes) of a machine that may wait. 0: none waits.
    std::uint64_t maxMemory = 0;
    /// A machine that no run has come for is ended after this.
    std::chrono::seconds maxWait{60};
};

} // namespace rootlayer

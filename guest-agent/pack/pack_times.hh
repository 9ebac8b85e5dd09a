#pragma once

#include <cstdint>
#include <optional>

#include "guest-agent/base/run_times.hh"

namespace rootlayer::guest {

/// What becomes of the times of entries (T5), in seconds.
struct PackTimes {
    std::optional<std::int64_t> resetTo; ///< what the run itself made gets this one; nullopt: keeps its own
    std::optional<std::int64_t> clampTo; ///< later ones become this one
    RunTimes run{{}};                    ///< when the run was
};

/// The time that an entry gets, of the time that its inode has. `ofBase`: the base has the same, so the run
/// has not set it.
std::int64_t packedTime(std::int64_t mtime, bool ofBase, const PackTimes& times);

} // namespace rootlayer::guest

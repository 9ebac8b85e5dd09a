#pragma once

#include <cstdint>
#include <optional>

#include "guest-agent/base/run_times.hh"

namespace rootlayer::guest {

/// How the times of entries are set (T5), in seconds.
struct PackTimes {
    std::optional<std::int64_t> resetTo; ///< for what the run itself wrote; nullopt: unchanged
    std::optional<std::int64_t> clampTo; ///< the latest time; nullopt: no limit
    RunTimes run{{}};                    ///< when the run was
};

/// The time of an entry whose inode has `mtime`. `ofBase`: the base has the same time, so the run did not set
/// it.
std::int64_t packedTime(std::int64_t mtime, bool ofBase, const PackTimes& times);

} // namespace rootlayer::guest

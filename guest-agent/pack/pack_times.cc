#include "guest-agent/pack/pack_times.hh"

#include <algorithm>
#include <cstdint>

namespace rootlayer::guest {

std::int64_t packedTime(std::int64_t mtime, bool ofBase, const PackTimes& times) {
    if (times.resetTo && !ofBase && times.run.hold(mtime)) mtime = *times.resetTo;
    if (times.clampTo) mtime = std::min(mtime, *times.clampTo);
    return std::max<std::int64_t>(mtime, 0);
}

} // namespace rootlayer::guest

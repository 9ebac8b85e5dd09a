#include "guest-agent/pack_times.hh"

#include <algorithm>

namespace rootlayer::guest {

std::int64_t packedTime(std::int64_t mtime, const protocol::PackRequest& times) {
    if (times.fixedMtime) return std::max<std::int64_t>(*times.fixedMtime, 0);
    if (times.resetFrom && mtime >= *times.resetFrom) mtime = times.resetTo;
    if (times.clampMtime) mtime = std::min(mtime, *times.clampMtime);
    return std::max<std::int64_t>(mtime, 0);
}

} // namespace rootlayer::guest

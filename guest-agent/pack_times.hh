#pragma once

#include <cstdint>

#include "protocol/messages.hh"

namespace rootlayer::guest {

/// The time that an entry gets, of the time that its inode has, both in seconds (T5).
std::int64_t packedTime(std::int64_t mtime, const protocol::PackRequest& times);

} // namespace rootlayer::guest

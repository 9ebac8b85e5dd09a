#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::protocol {

/// The payload of a Range frame: a piece of the scratch disk, in bytes, that the host reads itself.
struct Range {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    friend bool operator==(const Range&, const Range&) = default;
};

std::string encode(const Range& range);
/// Throws Error{Protocol} for what is no Range, and for one that is empty or ends beyond 2^63.
Range decodeRange(std::string_view payload);

} // namespace rootlayer::protocol

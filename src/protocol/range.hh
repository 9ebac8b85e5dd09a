#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace rootlayer::protocol {

/// The payload of a Range frame: bytes of the scratch disk that the host reads itself, or zeros, which are
/// nowhere.
struct Range {
    /// The offset that means zeros.
    static constexpr std::uint64_t kZeros = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    bool isZeros() const { return offset == kZeros; }
    friend bool operator==(const Range&, const Range&) = default;
};

std::string encode(const Range& range);
/// Throws Error{Protocol} if the payload is not a Range, or if the range is empty or ends beyond 2^63 - 1.
Range decodeRange(std::string_view payload);

} // namespace rootlayer::protocol

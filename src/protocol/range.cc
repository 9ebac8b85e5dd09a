#include "protocol/range.hh"

#include <cstdint>
#include <limits>

#include <rootlayer/error.hh>

namespace rootlayer::protocol {

namespace {

constexpr std::size_t kNumber = 8;
constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

void append(std::string& bytes, std::uint64_t number) {
    for (std::size_t i = 0; i < kNumber; ++i)
        bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
}

std::uint64_t numberOf(std::string_view bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = kNumber; i-- > 0;)
        number = (number << 8U) | static_cast<unsigned char>(bytes[i]);
    return number;
}

} // namespace

std::string encode(const Range& range) {
    std::string bytes;
    append(bytes, range.offset);
    append(bytes, range.size);
    return bytes;
}

Range decodeRange(std::string_view payload) {
    if (payload.size() != 2 * kNumber) throw Error(ErrorCode::Protocol, "a range frame has the wrong length");
    const Range range{numberOf(payload.substr(0, kNumber)), numberOf(payload.substr(kNumber))};
    const auto offset = range.isZeros() ? 0 : range.offset;
    if (range.size == 0 || offset > kMax || range.size > kMax - offset) {
        throw Error(ErrorCode::Protocol, "a range is empty or ends beyond 2^63 bytes");
    }
    return range;
}

} // namespace rootlayer::protocol

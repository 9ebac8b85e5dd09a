#include <catch2/catch.hpp>
#include <cstdint>

#include <rootlayer/error.hh>

#include "protocol/range.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;

TEST_CASE("a range has its bytes") {
    const Range range{0x0102030405060708, 0x20};
    CHECK(encode(range) == std::string("\x08\x07\x06\x05\x04\x03\x02\x01\x20\0\0\0\0\0\0\0", 16));
    CHECK(decodeRange(encode(range)) == range);
}

TEST_CASE("zeros are a range without a place") {
    const Range zeros{Range::kZeros, std::uint64_t{1} << 40};
    CHECK(decodeRange(encode(zeros)).isZeros());
    CHECK(decodeRange(encode(zeros)) == zeros);
    CHECK_FALSE(decodeRange(encode({1, 1})).isZeros());
}

TEST_CASE("a range that cannot be is refused", "[A8]") {
    CHECK_THROWS_AS(decodeRange(""), Error);
    CHECK_THROWS_AS(decodeRange(encode({1, 1}) + "x"), Error);
    CHECK_THROWS_AS(decodeRange(encode({1, 0})), Error);
    CHECK_THROWS_AS(decodeRange(encode({~std::uint64_t{0} - 1, 1})), Error);
    CHECK_THROWS_AS(decodeRange(encode({Range::kZeros, 0})), Error);
    CHECK_THROWS_AS(decodeRange(encode({Range::kZeros, std::uint64_t{1} << 63})), Error);
    CHECK_THROWS_AS(decodeRange(encode({1, ~std::uint64_t{0}})), Error);
    CHECK_THROWS_AS(decodeRange(encode({std::uint64_t{1} << 62, std::uint64_t{1} << 62})), Error);
}

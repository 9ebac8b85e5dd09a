#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "store/layer_index.hh"

using namespace rootlayer;

namespace {

std::string number(std::uint64_t value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

/// How an index ends whose only record is said to lie at `begin` to `end`.
std::string errorFor(std::uint64_t begin, std::uint64_t end) {
    const TempDir directory("/tmp");
    const auto path = directory.file("index");
    writeFile(path, "rootlayer-index2" + std::string(64, 'r') + number(begin) + number(end) + number(1));
    try {
        store::LayerIndex(path).root();
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Internal);
        return error.message();
    }
    return "accepted";
}

} // namespace

TEST_CASE("an index whose records lie outside of it is damaged, whatever the offsets", "[A12]") {
    const auto huge = ~std::uint64_t{0};
    CHECK(errorFor(huge, huge) == "the index of a cached layer is damaged");
    CHECK(errorFor(huge - 10, huge) == "the index of a cached layer is damaged");
    CHECK(errorFor(std::uint64_t{1} << 63U, (std::uint64_t{1} << 63U) + 20) ==
          "the index of a cached layer is damaged");
    CHECK(errorFor(1000, 1020) == "the index of a cached layer is damaged");
    CHECK(errorFor(50, 40) == "the index of a cached layer is damaged");
}

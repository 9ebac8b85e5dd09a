#include <catch2/catch.hpp>
#include <cstdint>

#include <rootlayer/error.hh>

#include "guest-agent/assemble/disks.hh"
#include "guest-agent/assemble/overlay_root.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Catch::Matchers::Contains;
using Sections = std::vector<protocol::Section>;

TEST_CASE("sections within the disk are accepted, up to its last byte") {
    CHECK_NOTHROW(checkSections({}, 0));
    CHECK_NOTHROW(checkSections({{0, 4096}, {4096, 4096}}, 8192));
}

TEST_CASE("sections outside the disk, empty, or not of whole sectors are refused", "[A8]") {
    for (const auto& bad : Sections{{0, 0},
                                    {0, 8704},
                                    {8192, 512},
                                    {1, 512},
                                    {512, 1},
                                    {~std::uint64_t{511}, 1024},
                                    {512, ~std::uint64_t{511}}}) {
        CHECK_THROWS_WITH(checkSections({{0, 512}, bad}, 8192), Contains("base layer 2"));
    }
}

TEST_CASE("more layers than the kernel has partitions, or overlayfs accepts, are refused") {
    CHECK_NOTHROW(checkSections({{0, 512, 64}}, 512));
    CHECK_THROWS_WITH(checkSections({{0, 512, 65}}, 512), Contains("base layer 1"));
    const Sections most(255, {0, 512, 0});
    CHECK_NOTHROW(checkSections(most, 512));
    const Sections many(256, {0, 512, 0});
    CHECK_THROWS_WITH(checkSections(many, 512), Contains("256 layers"));
    const Sections small(7, {0, 512, 64});
    CHECK_NOTHROW(checkSections(small, 512));
    const Sections more(8, {0, 512, 64});
    CHECK_THROWS_WITH(checkSections(more, 512), Contains("512 layers") && Contains("499"));
}

TEST_CASE("lower directories are named from the top down, in what mount(2) can take", "[W21]") {
    CHECK(lowerNames({}).empty());
    CHECK(lowerNames(Sections(3)) == "2:1:0");
    CHECK(lowerNames({{0, 512}, {512, 512, 3}, {1024, 512}}) == "2:1/2:1/1:1/0:0");
    CHECK(lowerNames(Sections(255)).size() < 1024);
}

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "hostile_tar.hh"
#include "layer/order.hh"
#include "layer/whiteout.hh"
#include "random_layer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using namespace rootlayer::test;

namespace {

/// A simple definition of the order: lists of components, each a pair of "is not a whiteout" and its bytes.
std::vector<std::pair<bool, std::string>> components(std::string path) {
    std::vector<std::pair<bool, std::string>> result;
    for (path += '/'; !path.empty();) {
        const auto slash = path.find('/');
        result.emplace_back(!isWhiteoutName(path.substr(0, slash)), path.substr(0, slash));
        path.erase(0, slash + 1);
    }
    return result;
}

/// An accepted tar is one that the writer would have written from what was read.
bool refusedOrCanonical(const std::string& tar) {
    Items items;
    if (!errorOf([&] { items = itemsOf(tar); }).empty()) return true;
    return tarOf(items) == tar;
}

std::size_t anyOffset(const std::string& tar, const std::vector<std::size_t>& blocks) {
    if (blocks.empty()) return *rc::gen::inRange<std::size_t>(0, tar.size());
    return *rc::gen::elementOf(blocks) + *rc::gen::inRange<std::size_t>(0, 512);
}

} // namespace

TEST_CASE("any layer is accepted in any pieces, and read back as it was", "[T12]") {
    CHECK(rc::check([] {
        const auto items = *rc::gen::noShrink(randomLayers());
        RC_ASSERT(itemsOf(tarOf(items), *rc::gen::inRange<std::size_t>(1, 2000)) == items);
    }));
}

TEST_CASE("layer order is that of the components, whiteouts first", "[T1][W4]") {
    CHECK(rc::check([] {
        const auto items = *rc::gen::noShrink(randomLayers());
        for (const auto& a : items)
            for (const auto& b : items)
                RC_ASSERT(compareLayerPaths(a.entry.path, b.entry.path) ==
                          (components(a.entry.path) <=> components(b.entry.path)));
    }));
}

TEST_CASE("a changed byte of a header is refused, or makes another canonical layer", "[A5][A8]") {
    CHECK(rc::check([] {
        auto tar = tarOf(*rc::gen::noShrink(randomLayers()));
        const auto blocks = headerBlocks(tar);
        const auto at = anyOffset(tar, blocks);
        tar[at] = static_cast<char>(tar[at] ^ *rc::gen::inRange(1, 256));
        RC_ASSERT(refusedOrCanonical(tar));
    }));
}

TEST_CASE("a changed byte under a right checksum is refused, or makes another canonical layer", "[A5][A8]") {
    CHECK(rc::check([] {
        auto tar = tarOf(*rc::gen::noShrink(randomLayers()));
        const auto blocks = headerBlocks(tar);
        const auto at = anyOffset(tar, blocks);
        tar[at] = static_cast<char>(tar[at] ^ *rc::gen::inRange(1, 256));
        if (!blocks.empty()) reseal(tar, at / 512 * 512);
        RC_ASSERT(refusedOrCanonical(tar));
    }));
}

TEST_CASE("every flipped bit of headers is refused, or makes another canonical layer", "[A5][A8]") {
    auto first = fileWith("a", "hello");
    first.entry.uid = 2097152;
    first.entry.xattrs["user.note"] = "x";
    const auto tar = tarOf({{whiteoutEntry("b")}, first, {hardLink("c", first.entry)}, {directory("d")}});
    for (const auto block : headerBlocks(tar))
        for (std::size_t bit = 0; bit < 512 * 8; ++bit) {
            auto copy = tar;
            auto& byte = copy[block + bit / 8];
            byte = static_cast<char>(byte ^ (1 << bit % 8));
            if (!refusedOrCanonical(copy)) FAIL("bit " << bit << " of block " << block);
            reseal(copy, block);
            if (!refusedOrCanonical(copy)) FAIL("bit " << bit << " of block " << block << ", resealed");
        }
}

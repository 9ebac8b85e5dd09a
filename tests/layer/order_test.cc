#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "layer/order.hh"

using namespace rootlayer::layer;

namespace {

/// Each stands before all that follow it.
template <typename Compare>
void checkOrder(const std::vector<std::string>& names, Compare compare) {
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = 0; j < names.size(); ++j) {
            INFO(names[i] << " and " << names[j]);
            CHECK(compare(names[i], names[j]) == (i <=> j));
        }
}

} // namespace

TEST_CASE("a directory comes before its contents, and those before its next sibling", "[T1]") {
    checkOrder({"a", "a/b", "a/b/c", "a/b-c", "a\x01", "a\n", "a b", "a-b", "a.b", "a0", "aa", "b", "\x7f",
                "\x80", "\xff"},
               comparePaths);
}

TEST_CASE("whiteouts come first in their directory", "[T1][W4]") {
    checkOrder({".wh.a", ".wh.z",     "\x01",  "-",   ".",        ".w",      ".wg",
                ".wh",   ".wh-",      ".wha",  "a",   "a/.wh.a",  "a/.wh.z", "a/\x01",
                "a/a",   "a/a/.wh.b", "a/a/-", "a/b", "a/b.wh.c", "a-",      "b"},
               compareLayerPaths);
}

TEST_CASE("names in one directory are ordered as their paths are", "[T1][W4]") {
    checkOrder({".wh.a", ".wh.z", "\x01", "-", ".w", ".wh", ".wha", "a", "a-", "b", "\xff"}, compareSiblings);
}

TEST_CASE("a container in layer order is found by views", "[T1]") {
    std::vector<std::string> names{"b", ".wh.c", "a/b", "a"};
    std::sort(names.begin(), names.end(), LayerOrder{});
    CHECK(names == std::vector<std::string>{".wh.c", "a", "a/b", "b"});
}

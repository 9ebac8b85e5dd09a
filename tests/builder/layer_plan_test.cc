#include <catch2/catch.hpp>

#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <map>

#include "builder/layer_plan.hh"

using namespace rootlayer;
using builder::ClosurePath;
using builder::dividePaths;
using Kind = PlannedLayer::Kind;

namespace {

using Paths = std::vector<std::string>;

std::vector<Paths> pathsOf(const std::vector<PlannedLayer>& layers) {
    std::vector<Paths> result;
    for (const auto& layer : layers)
        result.push_back(layer.paths);
    return result;
}

std::string numbered(std::size_t number) {
    return fmt::format("/p/{:06}", number);
}

/// Paths that each refer to the next one.
std::vector<ClosurePath> chain(std::size_t length) {
    std::vector<ClosurePath> closure;
    for (std::size_t i = 0; i < length; ++i)
        closure.push_back({numbered(i), i + 1 < length ? Paths{numbered(i + 1)} : Paths{}});
    return closure;
}

std::vector<ClosurePath> unrelated(std::size_t count) {
    std::vector<ClosurePath> closure;
    for (std::size_t i = 0; i < count; ++i)
        closure.push_back({numbered(i), {}});
    return closure;
}

std::map<std::string, std::uint64_t> popularities(const std::vector<ClosurePath>& closure) {
    std::map<std::string, std::uint64_t> result;
    for (const auto& layer : dividePaths(closure, closure.size()))
        result.emplace(layer.paths.at(0), layer.popularity);
    return result;
}

} // namespace

TEST_CASE("a path is as popular as there are chains of references to it") {
    const auto found =
        popularities({{"/app", {"/lib", "/libc"}}, {"/tool", {"/libc"}}, {"/lib", {"/libc"}}, {"/libc", {}}});
    CHECK(found ==
          std::map<std::string, std::uint64_t>{{"/app", 1}, {"/lib", 1}, {"/libc", 3}, {"/tool", 1}});
}

TEST_CASE("the most popular paths have layers of their own, and the others share the last") {
    const std::vector<ClosurePath> closure{
        {"/app", {"/lib", "/libc"}}, {"/tool", {"/libc"}}, {"/lib", {"/libc"}}, {"/libc", {}}};
    const auto layers = dividePaths(closure, 3);
    CHECK(pathsOf(layers) == std::vector<Paths>{{"/libc"}, {"/app"}, {"/lib", "/tool"}});
    CHECK(layers[0].kind == Kind::Path);
    CHECK(layers[2].kind == Kind::Rest);
    CHECK(layers[2].popularity == 1);
}

TEST_CASE("no, one, a layer less than paths, as many and a layer more") {
    CHECK(dividePaths({}, 5).empty());
    CHECK(dividePaths({}, 0).empty());
    CHECK(pathsOf(dividePaths(unrelated(1), 1)) == std::vector<Paths>{{numbered(0)}});
    CHECK(pathsOf(dividePaths(unrelated(2), 1)) == std::vector<Paths>{{numbered(0), numbered(1)}});
    constexpr std::size_t most = 10;
    for (const std::size_t count : {most - 1, most}) {
        const auto layers = dividePaths(unrelated(count), most);
        CHECK(layers.size() == count);
        CHECK(layers.back().kind == Kind::Path);
    }
    const auto over = dividePaths(unrelated(most + 1), most);
    REQUIRE(over.size() == most);
    CHECK(over.back().kind == Kind::Rest);
    CHECK(over.back().paths == Paths{numbered(most - 1), numbered(most)});
    const auto many = dividePaths(unrelated(500), most);
    REQUIRE(many.size() == most);
    CHECK(many.back().paths.size() == 500 - (most - 1));
}

TEST_CASE("a reference to itself, and one that is given twice, count for nothing") {
    const auto once = popularities({{"/a", {"/b"}}, {"/b", {}}, {"/c", {"/b"}}});
    CHECK(popularities({{"/a", {"/a", "/b", "/b"}}, {"/b", {"/b"}}, {"/c", {"/b"}}}) == once);
}

TEST_CASE("paths in a cycle have the chains that lead into the cycle") {
    const auto found =
        popularities({{"/a", {"/b"}}, {"/b", {"/c"}}, {"/c", {"/b", "/d"}}, {"/d", {}}, {"/e", {"/c"}}});
    CHECK(found ==
          std::map<std::string, std::uint64_t>{{"/a", 1}, {"/b", 2}, {"/c", 2}, {"/d", 2}, {"/e", 1}});
}

TEST_CASE("a cycle to which nothing refers counts as one") {
    const auto found = popularities({{"/a", {"/b"}}, {"/b", {"/a", "/c"}}, {"/c", {}}});
    CHECK(found == std::map<std::string, std::uint64_t>{{"/a", 1}, {"/b", 1}, {"/c", 1}});
}

TEST_CASE("a new hash in front of a Nix name does not change the order") {
    const std::string early(32, '0');
    const std::string late(32, 'z');
    for (const auto& [first, second] : {std::pair(early, late), std::pair(late, early)}) {
        const auto layers =
            dividePaths({{"/nix/store/" + second + "-b", {}}, {"/nix/store/" + first + "-a", {}}}, 2);
        CHECK(layers[0].paths[0].ends_with("-a"));
    }
    CHECK(builder::isStorePath("/nix/store/" + early + "-a"));
    CHECK_FALSE(builder::isStorePath("/nix/store/" + std::string(32, 'e') + "-a")); // no letter of Nix
    CHECK_FALSE(builder::isStorePath("/opt/app-1"));
}

TEST_CASE("a chain of 100,000 paths and a ladder of as many are divided") {
    constexpr std::size_t count = 100'000;
    const auto deep = dividePaths(chain(count), 100);
    CHECK(deep.size() == 100);
    CHECK(deep.front().paths[0] == numbered(0)); // every path of a chain has one chain: names decide
    std::vector<ClosurePath> ladder;
    for (std::size_t i = 0; i < count; ++i) {
        ladder.push_back({numbered(i), {}});
        for (auto to = i + 1; to < std::min(i + 3, count); ++to)
            ladder.back().references.push_back(numbered(to));
    }
    const auto steep = dividePaths(ladder, 100);
    CHECK(steep.size() == 100);
    CHECK(steep.front().popularity == std::numeric_limits<std::uint64_t>::max());
    CHECK(steep.back().paths.size() == count - 99);
}

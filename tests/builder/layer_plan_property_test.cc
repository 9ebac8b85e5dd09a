#include <catch2/catch.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <rapidcheck.h>
#include <set>

#include "builder/layer_plan.hh"

using namespace rootlayer;
using builder::ClosurePath;
using builder::dividePaths;

namespace {

constexpr std::size_t kPaths = 40;

std::string named(std::size_t number) {
    return fmt::format("/opt/{}", number);
}

/// Any references, with cycles and references of a path to itself.
std::vector<ClosurePath> randomClosure() {
    const auto count = *rc::gen::inRange<std::size_t>(0, kPaths);
    std::vector<ClosurePath> closure;
    for (std::size_t i = 0; i < count; ++i) {
        closure.push_back({named(i), {}});
        for (const auto to :
             *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, count)))
            closure.back().references.push_back(named(to));
    }
    return closure;
}

std::vector<ClosurePath> shuffled(std::vector<ClosurePath> closure) {
    const auto keys = *rc::gen::container<std::vector<int>>(closure.size(), rc::gen::arbitrary<int>());
    std::vector<std::pair<int, ClosurePath>> keyed;
    for (std::size_t i = 0; i < closure.size(); ++i)
        keyed.emplace_back(keys[i], std::move(closure[i]));
    std::stable_sort(keyed.begin(), keyed.end(), [](auto& a, auto& b) { return a.first < b.first; });
    closure.clear();
    for (auto& [key, path] : keyed) {
        std::reverse(path.references.begin(), path.references.end());
        closure.push_back(std::move(path));
    }
    return closure;
}

std::vector<std::vector<std::string>> pathsOf(const std::vector<PlannedLayer>& layers) {
    std::vector<std::vector<std::string>> result;
    for (const auto& layer : layers)
        result.push_back(layer.paths);
    return result;
}

} // namespace

TEST_CASE("every path is in exactly one layer, and there are no more layers than allowed") {
    CHECK(rc::check([] {
        const auto closure = randomClosure();
        const auto most = *rc::gen::inRange<std::size_t>(1, 2 * kPaths);
        const auto layers = dividePaths(closure, most);
        RC_ASSERT(layers.size() == std::min(most, closure.size()));
        std::multiset<std::string> found;
        for (const auto& layer : layers)
            found.insert(layer.paths.begin(), layer.paths.end());
        std::multiset<std::string> expected;
        for (const auto& each : closure)
            expected.insert(each.path);
        RC_ASSERT(found == expected);
    }));
}

TEST_CASE("no path in a later layer is more popular, and only the last layer is shared") {
    CHECK(rc::check([] {
        const auto closure = randomClosure();
        const auto layers = dividePaths(closure, *rc::gen::inRange<std::size_t>(1, kPaths));
        for (std::size_t i = 1; i < layers.size(); ++i) {
            RC_ASSERT(layers[i - 1].popularity >= layers[i].popularity);
            RC_ASSERT(layers[i - 1].paths.size() == 1U);
        }
    }));
}

TEST_CASE("a shuffled closure gives the same layers") {
    CHECK(rc::check([] {
        const auto closure = randomClosure();
        const auto most = *rc::gen::inRange<std::size_t>(1, kPaths);
        RC_ASSERT(pathsOf(dividePaths(shuffled(closure), most)) == pathsOf(dividePaths(closure, most)));
    }));
}

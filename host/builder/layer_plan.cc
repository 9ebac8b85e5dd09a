#include "builder/layer_plan.hh"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>

#include <rootlayer/error.hh>

#include "builder/popularity.hh"
#include "layer/order.hh"

namespace rootlayer::builder {

namespace {

constexpr std::size_t kHashLength = 32;
constexpr std::string_view kHashLetters = "0123456789abcdfghijklmnpqrsvwxyz"; // Nix's base 32

std::string_view lastName(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

struct Ranked {
    const ClosurePath* path;
    std::uint64_t popularity;
    std::uint64_t referrers;
};

/// The name to sort by, and the rest of the path.
std::pair<std::string_view, std::string_view> sortName(std::string_view path) {
    if (!isStorePath(path)) return {path, {}};
    const auto begin = path.size() - lastName(path).size() + kHashLength + 1;
    return {path.substr(begin), path.substr(0, begin)};
}

bool ranksBefore(const Ranked& a, const Ranked& b) {
    if (a.popularity != b.popularity) return a.popularity > b.popularity;
    // Numbers that are not known exactly.
    if (a.popularity == std::numeric_limits<std::uint64_t>::max() && a.referrers != b.referrers)
        return a.referrers > b.referrers;
    return sortName(a.path->path) < sortName(b.path->path);
}

References referencesOf(const std::vector<ClosurePath>& closure) {
    std::map<std::string_view, std::uint32_t> indexes;
    for (std::uint32_t i = 0; i < closure.size(); ++i)
        indexes.emplace(closure[i].path, i);
    References result(closure.size());
    for (std::uint32_t i = 0; i < closure.size(); ++i) {
        auto& own = result[i];
        for (const auto& reference : closure[i].references) {
            const auto found = indexes.find(reference);
            if (found == indexes.end()) throw Error(ErrorCode::Internal, "a reference out of the closure");
            if (found->second != i) own.push_back(found->second);
        }
        std::sort(own.begin(), own.end());
        own.erase(std::unique(own.begin(), own.end()), own.end());
    }
    return result;
}

std::vector<Ranked> ranked(const std::vector<ClosurePath>& closure) {
    const auto references = referencesOf(closure);
    const auto popularity = popularityOf(references);
    std::vector<Ranked> result;
    for (std::size_t i = 0; i < closure.size(); ++i)
        result.push_back({&closure[i], popularity[i], 0});
    for (const auto& each : references) {
        for (const auto to : each)
            ++result[to].referrers;
    }
    std::sort(result.begin(), result.end(), ranksBefore);
    return result;
}

} // namespace

bool isStorePath(std::string_view path) {
    const auto name = lastName(path);
    return name.size() > kHashLength + 1 && name[kHashLength] == '-' &&
           name.substr(0, kHashLength).find_first_not_of(kHashLetters) == std::string_view::npos;
}

std::vector<PlannedLayer> dividePaths(const std::vector<ClosurePath>& closure, std::size_t most) {
    if (closure.empty()) return {};
    if (most == 0) throw Error(ErrorCode::Internal, "no layer for a closure");
    const auto order = ranked(closure);
    const auto single = order.size() <= most ? order.size() : most - 1;
    std::vector<PlannedLayer> layers;
    for (std::size_t i = 0; i < single; ++i)
        layers.push_back({PlannedLayer::Kind::Path, {order[i].path->path}, order[i].popularity, {}});
    if (single == order.size()) return layers;
    PlannedLayer rest{PlannedLayer::Kind::Rest, {}, order[single].popularity, {}};
    for (auto i = single; i < order.size(); ++i)
        rest.paths.push_back(order[i].path->path);
    std::sort(rest.paths.begin(), rest.paths.end(), layer::LayerOrder());
    layers.push_back(std::move(rest));
    return layers;
}

} // namespace rootlayer::builder

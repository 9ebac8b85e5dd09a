#pragma once

#include <compare>
#include <string_view>

namespace rootlayer::layer {

/// The order of plain paths: bytewise, with '/' below every other byte. So a directory comes before its
/// contents, and these come before its next sibling: "a", "a/b", "a-b".
std::strong_ordering comparePaths(std::string_view a, std::string_view b);

/// The order of names within one directory of a layer: whiteouts first, then bytewise.
std::strong_ordering compareSiblings(std::string_view a, std::string_view b);

/// The order of entries in a layer: component by component, each by compareSiblings(). It is depth first, so
/// all entries below a directory directly follow the directory's own.
std::strong_ordering compareLayerPaths(std::string_view a, std::string_view b);

/// compareLayerPaths() as a comparator for std::map and std::sort.
struct LayerOrder {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return compareLayerPaths(a, b) < 0; }
};

} // namespace rootlayer::layer

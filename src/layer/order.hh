#pragma once

#include <compare>
#include <string_view>

namespace rootlayer::layer {

/// The order of plain paths: bytewise, with '/' below every other byte, so that a directory stands before
/// what it holds and all it holds before its next sibling: "a", "a/b", "a-b".
std::strong_ordering comparePaths(std::string_view a, std::string_view b);

/// The order of names within one directory of a layer: whiteouts first, then bytewise.
std::strong_ordering compareSiblings(std::string_view a, std::string_view b);

/// The order of a layer's entries: component by component, each as compareSiblings has it. Depth first, so
/// the entries of a directory are one run behind its own.
std::strong_ordering compareLayerPaths(std::string_view a, std::string_view b);

/// compareLayerPaths for std::map, std::sort and their kin.
struct LayerOrder {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return compareLayerPaths(a, b) < 0; }
};

} // namespace rootlayer::layer

#include "layer/order.hh"

#include <algorithm>

#include "layer/whiteout.hh"

namespace rootlayer::layer {

namespace {

std::size_t firstDifference(std::string_view a, std::string_view b) {
    const auto shorter = std::min(a.size(), b.size());
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + shorter, b.begin()).first -
                                    a.begin());
}

/// The end of a path sorts below '/', and '/' below every other byte.
int rank(std::string_view path, std::size_t at) {
    if (at == path.size()) return -1;
    return path[at] == '/' ? 0 : static_cast<unsigned char>(path[at]) + 1;
}

} // namespace

std::strong_ordering comparePaths(std::string_view a, std::string_view b) {
    const auto at = firstDifference(a, b);
    return rank(a, at) <=> rank(b, at);
}

std::strong_ordering compareSiblings(std::string_view a, std::string_view b) {
    if (isWhiteoutName(a) != isWhiteoutName(b))
        return isWhiteoutName(a) ? std::strong_ordering::less : std::strong_ordering::greater;
    return a <=> b;
}

std::strong_ordering compareLayerPaths(std::string_view a, std::string_view b) {
    const auto at = firstDifference(a, b);
    // Only the first component that differs decides, so only there do whiteouts matter.
    const auto start = at == 0 ? 0 : a.rfind('/', at - 1) + 1;
    const bool aIsWhiteout = isWhiteoutName(a.substr(start));
    const bool bIsWhiteout = isWhiteoutName(b.substr(start));
    if (aIsWhiteout != bIsWhiteout)
        return aIsWhiteout ? std::strong_ordering::less : std::strong_ordering::greater;
    return rank(a, at) <=> rank(b, at);
}

} // namespace rootlayer::layer

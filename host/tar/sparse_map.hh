#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rootlayer::tar {

/// Where the stored bytes of a file belong; all else is zeros.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct SparseMap {
    std::uint64_t realSize = 0;
    std::vector<Extent> extents;
};

inline constexpr std::size_t kMaxExtents = std::size_t{1} << 20;

/// Adds the extents of a GNU header's (4) or of an extension block's (21) table, as far as they are used.
void appendGnuExtents(std::string_view table, std::vector<Extent>& extents);

/// "offset,size,offset,size,..." (GNU.sparse.map, format 0.1).
std::vector<Extent> parseSparseList(std::string_view text);

/// Throws Error{Image} unless the extents ascend, lie within the real size and hold `stored` bytes in all.
void checkSparseMap(const SparseMap& map, std::uint64_t stored);

} // namespace rootlayer::tar

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rootlayer::tar {

/// A part of a file that has stored bytes; everything outside of extents is zeros.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct SparseMap {
    std::uint64_t realSize = 0;
    std::vector<Extent> extents;
};

inline constexpr std::size_t kMaxExtents = std::size_t{1} << 20;

/// Appends the used extents of the table in a GNU header (4 entries) or an extension block (21 entries).
void appendGnuExtents(std::string_view table, std::vector<Extent>& extents);

/// Parses "offset,size,offset,size,..." (GNU.sparse.map, format 0.1).
std::vector<Extent> parseSparseList(std::string_view text);

/// Throws Error{Image} unless the extents are in ascending order, lie within the real size and have `stored`
/// bytes in total.
void checkSparseMap(const SparseMap& map, std::uint64_t stored);

} // namespace rootlayer::tar

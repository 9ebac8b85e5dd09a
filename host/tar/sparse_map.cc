#include "tar/sparse_map.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "tar/pax_records.hh"
#include "tar/tar_header.hh"

namespace rootlayer::tar {

namespace {

constexpr std::size_t kNumber = 12;

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message));
}

} // namespace

void appendGnuExtents(std::string_view table, std::vector<Extent>& extents) {
    for (; table.size() >= 2 * kNumber && table[0] != '\0'; table.remove_prefix(2 * kNumber)) {
        const auto offset = parseTarNumber(table.substr(0, kNumber), "sparse offset");
        const auto size = parseTarNumber(table.substr(kNumber, kNumber), "sparse size");
        if (offset < 0 || size < 0) refuse("its sparse map has a negative number");
        extents.push_back({static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size)});
    }
    if (extents.size() > kMaxExtents)
        refuse(fmt::format("its sparse map has more than {} parts", kMaxExtents));
}

std::vector<Extent> parseSparseList(std::string_view text) {
    std::vector<std::uint64_t> numbers;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        numbers.push_back(parsePaxNumber(text.substr(0, comma), "GNU.sparse.map"));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    if (numbers.size() % 2 != 0) refuse("its sparse map has an odd number of values");
    std::vector<Extent> extents;
    for (std::size_t i = 0; i < numbers.size(); i += 2)
        extents.push_back({numbers[i], numbers[i + 1]});
    return extents;
}

void checkSparseMap(const SparseMap& map, std::uint64_t stored) {
    std::uint64_t end = 0;
    std::uint64_t sum = 0;
    for (const auto& extent : map.extents) {
        if (extent.offset < end || extent.offset > map.realSize ||
            extent.size > map.realSize - extent.offset) {
            refuse("its sparse map overlaps itself or goes beyond the file's end");
        }
        end = extent.offset + extent.size;
        sum += extent.size;
    }
    if (sum != stored) refuse(fmt::format("its sparse map has {} bytes but {} are stored", sum, stored));
}

} // namespace rootlayer::tar

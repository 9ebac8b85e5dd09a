#include <cstdint>
#include <regex>

#include "tar/sparse_map.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

std::string shown(const tar::SparseMap& map, std::uint64_t stored) {
    std::string text = std::to_string(map.realSize) + " with " + std::to_string(stored) + ":";
    for (const auto& [offset, size] : map.extents)
        text += " " + std::to_string(offset) + "+" + std::to_string(size);
    return text;
}

/// Without overflow, since every sum has room.
bool isMap(const tar::SparseMap& map, std::uint64_t stored) {
    __int128 end = 0;
    __int128 sum = 0;
    for (const auto& extent : map.extents) {
        if (extent.offset < end) return false;
        end = static_cast<__int128>(extent.offset) + extent.size;
        sum += extent.size;
    }
    return end <= map.realSize && sum == stored;
}

void check(const tar::SparseMap& map, std::uint64_t stored) {
    const bool taken = unlessRefused(ErrorCode::Image, [&] {
                           tar::checkSparseMap(map, stored);
                           return true;
                       }).has_value();
    holds(taken == isMap(map, stored), [&] { return shown(map, stored); });
}

} // namespace

TEST_CASE("every sparse map of three parts within five bytes is in order and in the file, or refused",
          "[A5]") {
    std::vector<tar::Extent> extents;
    for (std::uint64_t offset = 0; offset <= 4; ++offset) {
        for (std::uint64_t size = 0; size <= 2; ++size)
            extents.push_back({offset, size});
    }
    for (std::size_t count = 0; count <= 3; ++count) {
        eachList(extents, count, [](const std::vector<tar::Extent>& list) {
            for (std::uint64_t size = 0; size <= 5; ++size) {
                std::uint64_t sum = 0;
                for (const auto& extent : list)
                    sum += extent.size;
                check({size, list}, sum);
                check({size, list}, sum + 1);
            }
        });
    }
}

TEST_CASE("no sum in a sparse map with numbers up to 2^64 overflows", "[A5]") {
    const std::vector<std::uint64_t> numbers{0,         1,          (1ULL << 32) - 1, 1ULL << 63,
                                             INT64_MAX, UINT64_MAX, UINT64_MAX - 1};
    eachList(numbers, 6, [](const std::vector<std::uint64_t>& n) {
        check({n[4], {{n[0], n[1]}, {n[2], n[3]}}}, n[5]);
    });
}

TEST_CASE("every list of a sparse map of up to seven characters is pairs of numbers, or refused", "[A5]") {
    eachTextUpTo("09,- ", 7, [](const std::string& text) {
        const auto extents = unlessRefused(ErrorCode::Image, [&] { return tar::parseSparseList(text); });
        static const std::regex form("(?:[0-9]+,[0-9]+(?:,[0-9]+,[0-9]+)*,?)?");
        bool right = extents.has_value() == std::regex_match(text, form);
        if (extents && right) {
            std::string again;
            for (const auto& [offset, size] : *extents)
                again += std::to_string(offset) + "," + std::to_string(size) + ",";
            static const std::regex zeros("(^|,)0+([0-9])");
            auto plain = std::regex_replace(std::regex_replace(text, zeros, "$1$2"), zeros, "$1$2");
            if (!plain.empty() && plain.back() != ',') plain += ',';
            right = again == plain;
        }
        holds(right, [&] { return text; });
    });
}

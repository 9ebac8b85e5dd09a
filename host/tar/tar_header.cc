#include "tar/tar_header.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/foreign_header.hh"

namespace rootlayer::tar {

namespace {

// POSIX pax(1), "ustar Header Block". The bytes from 345 on differ between dialects.
constexpr std::size_t kChecksum = 148;
constexpr std::size_t kChecksumSize = 8;

std::string_view text(std::string_view block, std::size_t offset, std::size_t size) {
    const auto field = block.substr(offset, size);
    return field.substr(0, field.find('\0'));
}

// Some old tars computed the sum with signed characters.
void checkChecksum(std::string_view block) {
    std::int64_t plain = 0;
    std::int64_t signedSum = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const bool own = i >= kChecksum && i < kChecksum + kChecksumSize;
        const auto byte = own ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
        plain += byte;
        signedSum += static_cast<signed char>(byte);
    }
    const auto stored = parseTarNumber(block.substr(kChecksum, kChecksumSize), "checksum");
    if (stored != plain && stored != signedSum) {
        throw Error(ErrorCode::Image, "the checksum of its header is wrong");
    }
}

[[noreturn]] void refuseNumber(std::string_view field, std::string_view name) {
    throw Error(ErrorCode::Image,
                fmt::format("its header has {} in the numeric field {}", quote(field), name));
}

std::int64_t parseBase256(std::string_view field, std::string_view name) {
    // Two's complement over the whole field, except for the first bit, which marks base 256.
    const bool negative = (static_cast<unsigned char>(field[0]) & 0x40U) != 0;
    const unsigned char fill = negative ? 0xFF : 0;
    auto value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
        auto byte = static_cast<unsigned char>(field[i]);
        if (i == 0) byte = negative ? byte : byte & 0x7FU;
        if (i + 8 < field.size() ? byte != fill : false) refuseNumber(field, name);
        value = (value << 8U) | byte;
    }
    const auto result = static_cast<std::int64_t>(value);
    if (field.size() >= 8 && (result < 0) != negative) refuseNumber(field, name);
    return result;
}

} // namespace

bool isZeroBlock(std::string_view block) {
    return std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; });
}

std::int64_t parseTarNumber(std::string_view field, std::string_view name) {
    if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) return parseBase256(field, name);
    const auto start = std::min(field.find_first_not_of(' '), field.size());
    std::size_t at = start;
    std::uint64_t value = 0;
    // At most twelve octal digits: no overflow.
    for (; at < field.size() && field[at] >= '0' && field[at] <= '7'; ++at) {
        value = (value << 3U) | static_cast<std::uint64_t>(field[at] - '0');
    }
    // Readers ignore what follows the NUL after the digits (docs/foreign-tar.md).
    if (at > start && at < field.size() && field[at] == '\0') return static_cast<std::int64_t>(value);
    if (field.find_first_not_of(std::string_view(" \0", 2), at) != std::string_view::npos)
        refuseNumber(field, name);
    return static_cast<std::int64_t>(value);
}

TarHeader parseTarHeader(std::string_view block) {
    checkChecksum(block);
    TarHeader header;
    header.name = layer::headerName(block);
    header.link = text(block, 157, 100);
    header.type = block[156];
    header.mode = parseTarNumber(block.substr(100, 8), "mode");
    header.uid = parseTarNumber(block.substr(108, 8), "uid");
    header.gid = parseTarNumber(block.substr(116, 8), "gid");
    header.size = parseTarNumber(block.substr(124, 12), "size");
    header.mtime = parseTarNumber(block.substr(136, 12), "mtime");
    // v7 has no such fields.
    if (block.substr(257, 5) == "ustar") {
        header.devMajor = parseTarNumber(block.substr(329, 8), "devmajor");
        header.devMinor = parseTarNumber(block.substr(337, 8), "devminor");
    }
    if (header.size < 0) throw Error(ErrorCode::Image, "its size is negative");
    return header;
}

} // namespace rootlayer::tar

#include "layer/foreign_header.hh"

#include <algorithm>
#include <cstdint>

namespace rootlayer::layer {

namespace {

constexpr std::size_t kMagic = 257;
constexpr std::size_t kPrefix = 345;
constexpr std::size_t kUstarPrefix = 155;
constexpr std::size_t kStarPrefix = 131; // two times follow
constexpr std::size_t kGnuTime = 12;     // atime and ctime, where ustar has its prefix
constexpr std::string_view kBlanks(" \0", 2);

std::string_view text(std::string_view field) {
    return field.substr(0, field.find('\0'));
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
}

/// Is it a big-endian two's complement number that fits in 64 bits? The first bit only marks the encoding.
bool isBase256(std::string_view field) {
    const bool negative = (static_cast<unsigned char>(field[0]) & 0x40U) != 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
        auto byte = static_cast<unsigned char>(negative ? ~field[i] : field[i]);
        if (i == 0) byte &= 0x7FU;
        if (value >> 56U != 0) return false;
        value = value << 8U | byte;
    }
    return value >> 63U == 0;
}

bool isOctal(std::string_view field) {
    const auto first = field.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return true;
    const auto digits = text(field.substr(first, field.find_last_not_of(kBlanks) + 1 - first));
    return digits.find_first_not_of("01234567") == std::string_view::npos;
}

/// A missing time is valid.
bool isTime(std::string_view field) {
    if (field[0] == '\0') return true;
    return (static_cast<unsigned char>(field[0]) & 0x80U) != 0 ? isBase256(field) : isOctal(field);
}

/// Go's archive/tar before 1.8 wrote a prefix into GNU headers. If the two fields cannot be times, they are a
/// prefix.
std::string_view gnuPrefix(std::string_view block) {
    if (isTime(block.substr(kPrefix, kGnuTime)) && isTime(block.substr(kPrefix + kGnuTime, kGnuTime)))
        return {};
    const auto prefix = text(block.substr(kPrefix, kUstarPrefix));
    return isAscii(prefix) ? prefix : std::string_view();
}

std::string_view prefixOf(std::string_view block) {
    const auto magic = block.substr(kMagic, 8);
    if (magic == std::string_view("ustar  \0", 8)) return gnuPrefix(block);
    if (!magic.starts_with(std::string_view("ustar\0", 6))) return {};
    const bool star = block.substr(508, 4) == std::string_view("tar\0", 4);
    return text(block.substr(kPrefix, star ? kStarPrefix : kUstarPrefix));
}

} // namespace

std::string headerName(std::string_view block) {
    std::string name(prefixOf(block));
    if (!name.empty()) name += '/';
    return name.append(text(block.substr(0, 100)));
}

bool hasData(char type) {
    return type < '1' || type > '6';
}

} // namespace rootlayer::layer

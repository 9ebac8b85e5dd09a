#include "image/tar_header.hh"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <set>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/foreign_header.hh"

namespace rootlayer::image {

namespace {

struct Field {
    std::size_t at;
    std::size_t size;
    std::string_view in(std::string_view block) const { return block.substr(at, size); }
    std::string text(std::string_view block) const {
        return std::string(in(block).substr(0, in(block).find('\0')));
    }
};

constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kLinkTarget{157, 100};
constexpr std::size_t kType = 156;
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 62U;
constexpr std::uint64_t kMaxUstarSize = 077777777777;

std::optional<std::uint64_t> octal(std::string_view field) {
    const auto begin = field.find_first_not_of(' ');
    if (begin == std::string_view::npos) return 0;
    const auto digits = field.substr(begin, field.find_first_of(std::string_view(" \0", 2), begin) - begin);
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '7') return std::nullopt;
        value = value * 8 + static_cast<unsigned>(c - '0'); // 12 digits at most
    }
    return value;
}

// GNU's way to write what has more than eleven octal digits: the first bit set, the rest a big-endian number.
std::optional<std::uint64_t> base256(std::string_view field) {
    if (field[0] != '\x80') return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : field.substr(1)) {
        if (value >> 54U != 0) return std::nullopt;
        value = value << 8U | static_cast<unsigned char>(c);
    }
    return value;
}

std::optional<std::uint64_t> number(std::string_view field) {
    return (static_cast<unsigned char>(field[0]) & 0x80U) != 0 ? base256(field) : octal(field);
}

bool checksumFits(std::string_view block) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const bool inside = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
        sum += inside ? ' ' : static_cast<unsigned char>(block[i]);
    }
    return octal(kChecksum.in(block)) == sum;
}

// A record is "LENGTH KEY=VALUE\n", LENGTH in decimal and of the whole.
std::string_view takeRecord(std::string_view& records, const std::string& what) {
    std::size_t length = 0;
    const auto [end, failure] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (failure != std::errc() || digits > 9 || length > records.size() || length < digits + 4 ||
        records[digits] != ' ' || records[length - 1] != '\n') {
        throw Error(ErrorCode::Image, fmt::format("{} has a pax header that cannot be read", what));
    }
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    records.remove_prefix(length);
    return record;
}

std::uint64_t decimal(std::string_view text, const std::string& what) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || value > kMaxSize) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} has a pax header with the size {}", what, quote(text.substr(0, 40))));
    }
    return value;
}

} // namespace

TarHeader TarHeader::parse(std::string_view block, std::uint64_t offset, const std::string& what) {
    if (!checksumFits(block)) {
        throw Error(ErrorCode::Image, fmt::format("{} has no tar header at byte {}", what, offset),
                    offset == 0 ? "it is not a tar archive"
                                : "the archive is damaged: fetch it, or make it, again");
    }
    TarHeader header{layer::headerName(block), kLinkTarget.text(block), 0, block[kType]};
    const auto size = number(kSize.in(block));
    if (!size || *size > kMaxSize) {
        throw Error(ErrorCode::Image, fmt::format("{}: the member {} has a size that cannot be read", what,
                                                  quote(header.name)));
    }
    header.size = *size;
    return header;
}

void TarExtensions::addPax(std::string_view records, const std::string& what) {
    std::set<std::string_view> keys;
    while (!records.empty()) {
        const std::string_view record = takeRecord(records, what);
        const std::string_view key = record.substr(0, record.find('='));
        const std::string_view value = record.substr(std::min(key.size() + 1, record.size()));
        if (!keys.insert(key).second) {
            throw Error(ErrorCode::Image,
                        fmt::format("{} has the pax key {} twice", what, quote(key.substr(0, 100))));
        }
        if (key.starts_with("GNU.sparse.")) {
            throw Error(ErrorCode::Image, fmt::format("{} has a sparse member, which no image has", what));
        }
        if (key == "path") name = value;
        if (key == "linkpath") linkTarget = value;
        if (key == "size") size = decimal(value, what);
    }
}

void TarExtensions::applyTo(TarHeader& header, const std::string& what) const {
    if (name) header.name = *name;
    if (linkTarget) header.linkTarget = *linkTarget;
    if (size && layer::hasData(header.type) && *size <= kMaxUstarSize && *size != header.size) {
        throw Error(ErrorCode::Image, fmt::format("{}: the member {} has two sizes, {} and {}", what,
                                                  quote(header.name), header.size, *size));
    }
    if (size) header.size = *size;
    if (header.name.find('\0') != std::string::npos || header.linkTarget.find('\0') != std::string::npos) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} has a name with a zero byte: {}", what, quote(header.name)));
    }
}

bool isZeroBlock(std::string_view block) {
    return std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; });
}

} // namespace rootlayer::image

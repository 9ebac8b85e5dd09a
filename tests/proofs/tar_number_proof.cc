#include <archive.h>
#include <archive_entry.h>
#include <cstdint>
#include <cstring>
#include <memory>
#include <regex>

#include "tar/tar_header.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

using Number = std::optional<std::int64_t>;

/// docs/foreign-tar.md: blanks and octal digits; after them blanks and NULs, or a NUL and anything.
Number octal(const std::string& field) {
    static const std::regex form(R"( *(?:([0-7]+)\x00[\s\S]*|([0-7]*)[ \x00]*))");
    std::smatch match;
    if (!std::regex_match(field, match, form)) return std::nullopt;
    const std::string digits = match[1].matched ? match[1].str() : match[2].str();
    return digits.empty() ? 0 : std::stoll(digits, nullptr, 8);
}

/// Two's complement of all bits but the first, as far as it fits.
Number base256(const std::string& field) {
    __int128 value = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const int byte = static_cast<unsigned char>(field[i]);
        value = value * 256 + (i > 0 ? byte : byte - (byte < 0xC0 ? 0x80 : 0x100));
    }
    if (value < INT64_MIN || value > INT64_MAX) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

void check(const std::string& field) {
    const auto read = unlessRefused(ErrorCode::Image, [&] { return tar::parseTarNumber(field, "mode"); });
    const bool binary = static_cast<unsigned char>(field[0]) >= 0x80;
    holds(read == (binary ? base256(field) : octal(field)),
          [&] { return Catch::StringMaker<std::string>::convert(field); });
}

/// The header of an empty file with this time.
std::string headerWithTime(const std::string& time) {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
    put(0, "name");
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, "00000000000");
    put(136, time);
    put(156, "0");
    put(257, std::string_view("ustar\00000", 8));
    put(148, "        ");
    unsigned sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    put(148, std::string_view(digits, 7));
    return block;
}

/// The time that libarchive reads; nullopt if it refuses the header.
Number archiveTime(const std::string& block) {
    const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
    archive_read_support_format_tar(reader.get());
    const std::string whole = block + std::string(1024, '\0');
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(reader.get(), whole.data(), whole.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK)
        return std::nullopt;
    return archive_entry_mtime(entry);
}

} // namespace

TEST_CASE("every numeric field of one and two bytes in a tar is read as documented", "[A5]") {
    for (unsigned first = 0; first < 256; ++first) {
        check(std::string(1, static_cast<char>(first)));
        for (unsigned second = 0; second < 256; ++second)
            check({static_cast<char>(first), static_cast<char>(second)});
    }
}

TEST_CASE("every octal field of eight bytes out of digits, blanks, NULs and others is read as documented",
          "[A5]") {
    eachText(std::string_view("07 \0x", 5), 8, check);
}

TEST_CASE("every base-256 field of twelve bytes is its number in two's complement, or refused", "[A5]") {
    for (unsigned first = 0x80; first < 0x100; ++first) {
        for (unsigned second = 0; second < 256; ++second)
            check(std::string({static_cast<char>(first), static_cast<char>(second)}) + std::string(10, '\0'));
    }
    eachText(std::string_view("\0\1\x7f\x80\xfe\xff", 6), 5, [](const std::string& upper) {
        for (const char first : {'\x80', '\x81', '\xbf', '\xc0', '\xfe', '\xff'}) {
            check(first + upper + std::string(6, '\0'));
            check(first + upper + std::string(6, '\xff'));
        }
    });
}

TEST_CASE("a time in a tar header is the time that libarchive reads, in whatever way it is written", "[A5]") {
    const auto same = [](std::string field) {
        field.resize(12, '\0');
        const auto block = headerWithTime(field);
        const auto ours = unlessRefused(ErrorCode::Image, [&] { return tar::parseTarHeader(block).mtime; });
        // What only one of them reads is in the table of docs/foreign-tar.md.
        const auto theirs = archiveTime(block);
        holds(!ours || !theirs || *ours == *theirs,
              [&] { return Catch::StringMaker<std::string>::convert(field); });
    };
    for (std::size_t blanks = 0; blanks < 12; ++blanks) {
        for (std::size_t digits = 0; blanks + digits <= 12; ++digits) {
            for (const char digit : {'0', '1', '3', '7'}) {
                for (const auto* tail : {"", " ", "  "})
                    same((std::string(blanks, ' ') + std::string(digits, digit) + tail).substr(0, 12));
            }
        }
    }
    for (const auto number : borders64()) {
        for (const char fill : {'\0', '\xff'}) {
            std::string field(4, fill);
            field[0] = static_cast<char>(field[0] | '\x80');
            for (unsigned i = 8; i-- > 0;)
                field += static_cast<char>(number >> 8 * i & 0xff);
            same(field);
        }
    }
}

#include <algorithm>
#include <cstdint>

#include "base/escape.hh"
#include "base/json_string.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

/// The UTF-8 of a code point.
std::string utf8(std::uint32_t point) {
    if (point < 0x80) return {static_cast<char>(point)};
    std::string text;
    std::uint32_t most = 0x3f;
    for (; point > most; point /= 64, most /= 2)
        text.insert(text.begin(), static_cast<char>(0x80 | point % 64));
    text.insert(text.begin(), static_cast<char>((~(most * 2 + 1) & 0xff) | point));
    return text;
}

bool isSurrogate(std::uint32_t point) {
    return point >= 0xd800 && point < 0xe000;
}

/// Unicode's Cc, Bidi_Control, the line separators, and what takes no room: a reader would not see it.
bool isShown(std::uint32_t point) {
    constexpr std::pair<std::uint32_t, std::uint32_t> hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    return std::none_of(std::begin(hidden), std::end(hidden),
                        [&](const auto& range) { return point >= range.first && point <= range.second; });
}

/// Every well-formed sequence, sorted.
const std::vector<std::string>& sequences() {
    static const auto all = [] {
        std::vector<std::string> made;
        for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
            if (!isSurrogate(point)) made.push_back(utf8(point));
        }
        std::sort(made.begin(), made.end());
        return made;
    }();
    return all;
}

std::size_t lengthAt(std::string_view bytes) {
    for (std::size_t size = 1; size <= std::min<std::size_t>(bytes.size(), 4); ++size) {
        if (std::binary_search(sequences().begin(), sequences().end(), bytes.substr(0, size), std::less<>()))
            return size;
    }
    return 0;
}

/// The bytes that a quoted text stands for; nullopt if it has anything that must not reach a terminal.
std::optional<std::string> unquoted(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size();) {
        const auto length = lengthAt(text.substr(i));
        if (length == 0 || (length == 1 && !isShown(static_cast<unsigned char>(text[i]))))
            return std::nullopt;
        if (text[i] != '\\') {
            bytes += text.substr(i, length);
            i += length;
            continue;
        }
        const char letter = text.at(i + 1);
        if (letter == 'x') {
            bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
            i += 4;
            continue;
        }
        bytes += letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : letter;
        i += 2;
    }
    return bytes;
}

void checkQuote(const std::string& bytes) {
    auto text = quote(bytes);
    bool right = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    text = text.substr(1, text.size() - 2);
    right &= unquoted(text) == bytes && unquoted(escaped(bytes)) == bytes;
    holds(right, [&] { return text; });
}

void checkWire(const std::string& bytes) {
    holds(fromWire(toWire(bytes)) == bytes, [&] { return quote(bytes); });
    // The other way: text with code points up to 255 only.
    std::optional<std::string> expected = "";
    for (std::string_view rest = bytes; !rest.empty() && expected;) {
        const auto length = lengthAt(rest);
        if (length == 0 || length > 2 || (length == 2 && static_cast<unsigned char>(rest[0]) > 0xc3)) {
            expected.reset();
        } else {
            const auto low = static_cast<unsigned char>(rest[length - 1]);
            *expected += static_cast<char>(length == 1 ? low : (rest[0] == '\xc3' ? 0xc0 : 0x80) + low % 64);
            rest.remove_prefix(length);
        }
    }
    const auto read = unlessRefused(ErrorCode::Protocol, [&] { return fromWire(bytes); });
    holds(read == expected, [&] { return quote(bytes); });
}

} // namespace

TEST_CASE("every sequence of three bytes, and every one of four, is UTF-8 only if a code point has it",
          "[A7]") {
    // The length at each possible front of three bytes, from the sequences alone.
    std::vector<std::uint8_t> lengths(1U << 24, 0);
    const auto number = [](std::string_view bytes) {
        std::uint32_t front = 0;
        for (std::size_t i = 0; i < 3; ++i)
            front = front << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
        return front;
    };
    for (const auto& sequence : sequences()) {
        if (sequence.size() > 3) continue;
        const auto first = number(sequence);
        std::fill_n(lengths.begin() + first, std::size_t{1} << (24 - 8 * sequence.size()),
                    static_cast<std::uint8_t>(sequence.size()));
    }
    for (std::uint32_t front = 0; front < lengths.size(); ++front) {
        const char bytes[3] = {static_cast<char>(front >> 16), static_cast<char>(front >> 8),
                               static_cast<char>(front)};
        holds(utf8SequenceLength({bytes, 3}) == lengths[front], [&] { return std::to_string(front); });
    }
    constexpr std::string_view tails("\0\x7f\x80\xbf\xc0\xff", 6);
    for (unsigned lead = 0xf0; lead < 0x100; ++lead) {
        for (unsigned second = 0; second < 256; ++second) {
            eachText(tails, 2, [&](const std::string& rest) {
                const auto bytes = std::string{static_cast<char>(lead), static_cast<char>(second)} + rest;
                holds(utf8SequenceLength(bytes) == lengthAt(bytes), [&] { return quote(bytes); });
            });
        }
    }
}

TEST_CASE("every code point is shown as it is, or escaped if a terminal would obey or hide it", "[B16][A8]") {
    for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
        if (isSurrogate(point)) continue;
        const auto text = utf8(point);
        const auto shown = escaped(text);
        const bool plain = isShown(point) && point != '\\';
        holds((shown == text) == plain && (plain || shown[0] == '\\'), [&] { return std::to_string(point); });
    }
}

TEST_CASE("every text of two bytes, and of four by class, is quoted so that it can be read back",
          "[B16][A8]") {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            checkQuote({static_cast<char>(first), static_cast<char>(second)});
            checkWire({static_cast<char>(first), static_cast<char>(second)});
        }
    }
    constexpr std::string_view classes(
        "\0\n\x1b a\"\\\x7f\x80\x9f\xa0\xbf\xc2\xc3\xc4\xe0\xe2\xed\xf0\xf4\xff", 21);
    eachText(classes, 3, checkQuote);
    eachText(classes, 3, checkWire);
    eachText("\x80\x8f\x90\xa0\xbf\xc2\xe0\xe2\xed\xf0\xf4", 4, checkQuote);
}

#include "base/json_string.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer {

namespace {

constexpr std::string_view kEscapes = "\"\"\\\\//b\bf\fn\nr\rt\t"; // pairs: letter, value

void appendUtf8(std::string& out, std::uint32_t point) {
    const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xC0U | (point >> 6U));
        byte(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        byte(0xE0U | (point >> 12U));
        byte(0x80U | ((point >> 6U) & 0x3FU));
        byte(0x80U | (point & 0x3FU));
    } else {
        byte(0xF0U | (point >> 18U));
        byte(0x80U | ((point >> 12U) & 0x3FU));
        byte(0x80U | ((point >> 6U) & 0x3FU));
        byte(0x80U | (point & 0x3FU));
    }
}

/// Decodes the \u escape, or surrogate pair, at the front; returns the number of bytes consumed.
std::size_t decodeUnicode(std::string_view text, std::string& out) {
    const auto first = static_cast<std::uint32_t>(hexEscape(text.substr(2)));
    if (first < 0xD800 || first > 0xDFFF) {
        appendUtf8(out, first);
        return 6;
    }
    const auto second = static_cast<std::uint32_t>(hexEscape(text.substr(8)));
    appendUtf8(out, 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00));
    return 12;
}

char decodeSimple(char letter) {
    for (std::size_t i = 0; i < kEscapes.size(); i += 2) {
        if (kEscapes[i] == letter) return kEscapes[i + 1];
    }
    return letter;
}

void appendEncoded(std::string& out, char c) {
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else if (c == '\n') {
        out += "\\n";
    } else if (c == '\t') {
        out += "\\t";
    } else if (c == '\r') {
        out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
        out += c;
    }
}

} // namespace

std::string encodeJsonString(std::string_view utf8) {
    std::string out = "\"";
    for (std::size_t i = 0; i < utf8.size();) {
        const std::size_t length = utf8SequenceLength(utf8.substr(i));
        if (length == 0) {
            throw Error(ErrorCode::Usage, fmt::format("{} is not UTF-8", quote(utf8.substr(0, 200))),
                        "an image's configuration is JSON, which can hold only UTF-8");
        }
        if (length == 1) {
            appendEncoded(out, utf8[i]);
        } else {
            out += utf8.substr(i, length);
        }
        i += length;
    }
    return out + '"';
}

std::string decodeJsonString(std::string_view literal) {
    std::string out;
    const std::string_view text = literal.substr(1, literal.size() - 2);
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '\\') {
            out += text[i++];
        } else if (text[i + 1] == 'u') {
            i += decodeUnicode(text.substr(i), out);
        } else {
            out += decodeSimple(text[i + 1]);
            i += 2;
        }
    }
    return out;
}

std::int32_t hexEscape(std::string_view digits) {
    if (digits.size() < 4) return -1;
    std::int32_t value = 0;
    for (const char c : digits.substr(0, 4)) {
        const bool decimal = c >= '0' && c <= '9';
        const bool lower = c >= 'a' && c <= 'f';
        const bool upper = c >= 'A' && c <= 'F';
        if (!decimal && !lower && !upper) return -1;
        value = value * 16 + (decimal ? c - '0' : lower ? c - 'a' + 10 : c - 'A' + 10);
    }
    return value;
}

std::size_t utf8SequenceLength(std::string_view bytes) {
    const auto at = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80; };
    const unsigned lead = at(0);
    if (bytes.empty()) return 0;
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool overlong = lead == 0xE0 && at(1) < 0xA0;
        const bool surrogate = lead == 0xED && at(1) > 0x9F;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool overlong = lead == 0xF0 && at(1) < 0x90;
        const bool beyond = lead == 0xF4 && at(1) > 0x8F;
        return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

} // namespace rootlayer

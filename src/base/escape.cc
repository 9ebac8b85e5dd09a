#include "base/escape.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

namespace rootlayer {

namespace {

bool continues(std::string_view bytes, std::size_t at) {
    return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xC0U) == 0x80;
}

/// What a terminal obeys or a reader cannot see: C1 controls, bidirectional marks (Unicode's Bidi_Control),
/// line separators, and characters without a width.
bool isHidden(std::uint32_t point) {
    return point < 0xA0 || point == 0x61C || point == 0x180E || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
           (point >= 0xFFF9 && point <= 0xFFFB) || (point >= 0xE0000 && point <= 0xE0FFF);
}

/// The length of the well-formed UTF-8 sequence at `at`; 0 if there is none, or if it is hidden.
std::size_t utf8Length(std::string_view bytes, std::size_t at) {
    const auto lead = static_cast<unsigned char>(bytes[at]);
    std::size_t length = 0;
    std::uint32_t point = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
        point = lead & 0x1FU;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        point = lead & 0x0FU;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        point = lead & 0x07U;
    } else {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(bytes, at + i)) return 0;
        point = (point << 6U) | (static_cast<unsigned char>(bytes[at + i]) & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool invalid = (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF;
    return overlong || invalid || isHidden(point) ? 0 : length;
}

/// Appends the byte or the UTF-8 sequence at `at`, and returns where the next one begins.
std::size_t appendOne(std::string& out, std::string_view bytes, std::size_t at, bool inQuotes) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte >= 0x80) {
        if (const std::size_t length = utf8Length(bytes, at)) {
            out.append(bytes.substr(at, length));
            return at + length;
        }
    }
    if (byte == '\n') {
        out += "\\n";
    } else if (byte == '\t') {
        out += "\\t";
    } else if (byte == '\r') {
        out += "\\r";
    } else if (byte == '\\' || (inQuotes && byte == '"')) {
        out += '\\';
        out += static_cast<char>(byte);
    } else if (byte < 0x20 || byte >= 0x7F) {
        out += fmt::format("\\x{:02x}", byte);
    } else {
        out += static_cast<char>(byte);
    }
    return at + 1;
}

void appendEscaped(std::string& out, std::string_view bytes, bool inQuotes) {
    for (std::size_t i = 0; i < bytes.size();)
        i = appendOne(out, bytes, i, inQuotes);
}

} // namespace

std::string quote(std::string_view bytes) {
    std::string out = "\"";
    appendEscaped(out, bytes, true);
    return out + '"';
}

std::string escaped(std::string_view bytes) {
    std::string out;
    appendEscaped(out, bytes, false);
    return out;
}

std::string escapedStart(std::string_view bytes, std::size_t most) {
    constexpr std::string_view more = "...";
    std::string out;
    std::size_t kept = 0; // of the text, if more has to follow
    for (std::size_t i = 0; i < bytes.size();) {
        i = appendOne(out, bytes, i, false);
        if (out.size() > most) return out.substr(0, kept).append(more.substr(0, most));
        if (out.size() + more.size() <= most) kept = out.size();
    }
    return out;
}

std::string toWire(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xC0U | (byte >> 6U));
            out += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return out;
}

std::string fromWire(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            out += text[i];
        } else if ((byte == 0xC2 || byte == 0xC3) && continues(text, i + 1)) {
            ++i;
            out += static_cast<char>((byte << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU));
        } else {
            throw Error(ErrorCode::Protocol, "a string has a code point above 255");
        }
    }
    return out;
}

} // namespace rootlayer

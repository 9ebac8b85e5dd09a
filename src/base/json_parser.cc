#include "base/json_parser.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/json_string.hh"

namespace rootlayer {

Json Json::parse(std::string_view bytes, std::string_view what, const JsonLimits& limits) {
    return JsonParser(bytes, what, limits).document();
}

Json JsonParser::document() {
    if (m_bytes.size() > m_limits.bytes) {
        throw Error(ErrorCode::Image, fmt::format("{} has {} bytes of JSON; at most {} are read", m_what,
                                                  m_bytes.size(), m_limits.bytes));
    }
    skipBlanks();
    Json result = value(1);
    skipBlanks();
    if (m_at != m_bytes.size()) fail("there is text after the value");
    return result;
}

Json JsonParser::value(std::size_t depth) {
    if (depth > m_limits.depth) fail(fmt::format("it is more than {} levels deep", m_limits.depth));
    if (++m_values > m_limits.values) fail(fmt::format("it has more than {} values", m_limits.values));
    switch (peek()) {
    case '{':
        return object(depth);
    case '[':
        return array(depth);
    case '"':
        return Json(Json::Kind::String, std::string(stringLiteral()));
    case 't':
        return word("true", Json::Kind::Boolean);
    case 'f':
        return word("false", Json::Kind::Boolean);
    case 'n':
        return word("null", Json::Kind::Null);
    default:
        return number();
    }
}

Json JsonParser::array(std::size_t depth) {
    Json result = Json::array();
    expect('[', "a list");
    skipBlanks();
    if (take(']')) return result;
    do {
        skipBlanks();
        result.m_items.push_back(value(depth + 1));
        skipBlanks();
    } while (take(','));
    expect(']', "',' or ']'");
    return result;
}

Json JsonParser::object(std::size_t depth) {
    Json result = Json::object();
    expect('{', "an object");
    skipBlanks();
    if (take('}')) return result;
    do {
        skipBlanks();
        const std::string_view literal = stringLiteral();
        skipBlanks();
        expect(':', "':'");
        skipBlanks();
        result.m_members.push_back({decodeJsonString(literal), std::string(literal), value(depth + 1)});
        skipBlanks();
    } while (take(','));
    expect('}', "',' or '}'");
    requireDistinctNames(result);
    return result;
}

Json JsonParser::word(std::string_view word, Json::Kind kind) {
    if (!m_bytes.substr(m_at).starts_with(word)) fail("a value was expected");
    m_at += word.size();
    return Json(kind, std::string(word));
}

Json JsonParser::number() {
    const std::size_t start = m_at;
    take('-');
    if (!take('0')) digits();
    if (take('.')) digits();
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        digits();
    }
    return Json(Json::Kind::Number, std::string(m_bytes.substr(start, m_at - start)));
}

void JsonParser::digits() {
    const std::size_t start = m_at;
    while (peek() >= '0' && peek() <= '9')
        ++m_at;
    if (m_at == start) fail("a value was expected");
}

std::string_view JsonParser::stringLiteral() {
    const std::size_t start = m_at;
    expect('"', "a string");
    while (!take('"')) {
        if (m_at == m_bytes.size()) fail("a string is not terminated");
        if (static_cast<unsigned char>(peek()) < 0x20) fail("a string holds a control character");
        if (peek() == '\\') {
            escape();
            continue;
        }
        const std::size_t length = utf8SequenceLength(m_bytes.substr(m_at));
        if (length == 0) fail("a string is not UTF-8");
        m_at += length;
    }
    return m_bytes.substr(start, m_at - start);
}

// A lone surrogate is refused: other parsers read each of them as U+FFFD, so two different names would become
// equal.
void JsonParser::escape() {
    ++m_at;
    if (!take('u')) {
        if (m_at == m_bytes.size() || std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
            fail("a string has an unknown escape");
        }
        ++m_at;
        return;
    }
    const std::int32_t first = hexEscape(m_bytes.substr(m_at));
    if (first < 0) fail("a \\u escape needs four hex digits");
    m_at += 4;
    if (first < 0xD800 || first > 0xDFFF) return;
    const bool pair = first < 0xDC00 && m_bytes.substr(m_at).starts_with("\\u");
    const std::int32_t second = pair ? hexEscape(m_bytes.substr(m_at + 2)) : -1;
    if (second < 0xDC00 || second > 0xDFFF) fail("a \\u escape is half of a surrogate pair");
    m_at += 6;
}

void JsonParser::requireDistinctNames(const Json& object) const {
    std::vector<std::string_view> names;
    names.reserve(object.members().size());
    for (const Json::Member& member : object.members())
        names.push_back(member.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
        fail(fmt::format("the name {} appears twice in one object", quote(twice->substr(0, 100))));
}

bool JsonParser::take(char c) {
    if (m_at == m_bytes.size() || m_bytes[m_at] != c) return false;
    ++m_at;
    return true;
}

void JsonParser::expect(char c, std::string_view wanted) {
    if (!take(c)) fail(fmt::format("{} was expected", wanted));
}

void JsonParser::skipBlanks() {
    while (m_at < m_bytes.size() && std::string_view(" \t\r\n").find(m_bytes[m_at]) != std::string_view::npos)
        ++m_at;
}

void JsonParser::fail(std::string_view why) const {
    const auto before = m_bytes.substr(0, m_at);
    const auto lineStart = before.rfind('\n') + 1; // npos + 1 is 0
    throw Error(ErrorCode::Image,
                fmt::format("{} is not valid JSON: {} (line {}, column {})", m_what, why,
                            std::count(before.begin(), before.end(), '\n') + 1, m_at - lineStart + 1));
}

} // namespace rootlayer

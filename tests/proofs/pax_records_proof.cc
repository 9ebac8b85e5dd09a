#include <algorithm>
#include <cstdint>
#include <regex>

#include "layer/pax.hh"
#include "tar/pax_records.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

using Records = std::vector<std::pair<std::string, std::string>>;

/// pax(1): "%d %s=%s\n", the length counts all of it.
std::optional<Records> recordsOf(std::string_view bytes) {
    static const std::regex form(R"(0*([0-9]{1,18}) ([^=]+)=([\s\S]*)\n)");
    Records records;
    while (!bytes.empty()) {
        std::size_t digits = 0;
        std::size_t length = 0;
        for (; digits < bytes.size() && bytes[digits] >= '0' && bytes[digits] <= '9'; ++digits)
            length =
                std::min<std::size_t>(length * 10 + static_cast<std::size_t>(bytes[digits] - '0'), 10'000);
        if (length == 0 || length > bytes.size()) return std::nullopt;
        const std::string record(bytes.substr(0, length));
        std::smatch match;
        if (!std::regex_match(record, match, form)) return std::nullopt;
        records.emplace_back(match[2].str(), match[3].str());
        bytes.remove_prefix(length);
    }
    std::sort(records.begin(), records.end());
    const auto sameKey = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::adjacent_find(records.begin(), records.end(), sameKey) != records.end()) return std::nullopt;
    return records;
}

void checkRecords(const std::string& bytes) {
    std::optional<Records> read;
    if (const auto map = unlessRefused(ErrorCode::Image, [&] { return tar::parsePaxRecords(bytes); }))
        read.emplace(map->begin(), map->end());
    holds(read == recordsOf(bytes), [&] { return Catch::StringMaker<std::string>::convert(bytes); });
}

std::string record(const std::string& key, const std::string& value) {
    const std::string rest = ' ' + key + '=' + value + '\n';
    std::size_t length = rest.size();
    while (std::to_string(length).size() + rest.size() != length)
        ++length;
    return std::to_string(length) + rest;
}

/// Digits alone, at most `most`.
bool isNumber(const std::string& text, __int128 most) {
    static const std::regex form("0*([0-9]{1,30})");
    std::smatch match;
    if (!std::regex_match(text, match, form)) return false;
    __int128 value = 0;
    for (const char c : match[1].str())
        value = value * 10 + (c - '0');
    return value <= most;
}

/// The keys of a layer in their order (docs/layer-format.md), and the largest value of each. 0: any bytes.
const std::vector<std::pair<std::string, __int128>> kLayerKeys{
    {"path", 0},         {"linkpath", 0},      {"size", INT64_MAX},   {"uid", UINT32_MAX},
    {"gid", UINT32_MAX}, {"mtime", INT64_MAX}, {"SCHILY.xattr.a", 0}, {"SCHILY.xattr.b", 0}};

bool areLayerRecords(const Records& records) {
    std::size_t next = 0;
    for (const auto& [key, value] : records) {
        while (next < kLayerKeys.size() && kLayerKeys[next].first != key)
            ++next;
        if (next == kLayerKeys.size()) return false;
        const auto most = kLayerKeys[next++].second;
        if (most != 0 && !isNumber(value, most)) return false;
    }
    return true;
}

void checkLayerRecords(const Records& records) {
    std::string bytes;
    for (const auto& [key, value] : records)
        bytes += record(key, value);
    const auto read = unlessRefused(ErrorCode::Layer, [&] {
        layer::Entry entry;
        layer::applyPaxRecords(bytes, entry);
        return entry;
    });
    bool right = read.has_value() == areLayerRecords(records);
    if (read && right) {
        for (const auto& [key, value] : records) {
            right &= key != "path" || read->path == value;
            right &= key != "linkpath" || read->linkTarget == value;
            right &= key != "uid" || decimal(read->uid) == value;
            right &= !key.starts_with("SCHILY") || read->xattrs.at(key.substr(13)) == value;
        }
    }
    holds(right, [&] { return Catch::StringMaker<std::string>::convert(bytes); });
}

/// Seconds rounded down, from the digits before and after the point.
std::optional<std::int64_t> secondsOf(const std::string& text) {
    static const std::regex form(R"((-?)([0-9]+)(?:\.([0-9]{0,9}))?)");
    std::smatch match;
    if (!std::regex_match(text, match, form)) return std::nullopt;
    constexpr __int128 billion = 1'000'000'000;
    __int128 value = 0;
    for (const char c : match[2].str())
        value = std::min<__int128>(value * 10 + (c - '0'), __int128{1} << 80);
    const bool negative = match[1].length() > 0;
    if (negative ? value > INT64_MAX : value > INT64_MAX) return std::nullopt;
    std::string fraction = match[3].str();
    fraction.resize(9, '0');
    value = value * billion + std::stoll(fraction);
    if (!negative) return static_cast<std::int64_t>(value / billion);
    return static_cast<std::int64_t>(-((value + billion - 1) / billion));
}

void checkTime(const std::string& text) {
    const auto read = unlessRefused(ErrorCode::Image, [&] { return tar::parsePaxTime(text); });
    holds(read == secondsOf(text), [&] { return text; });
}

void checkNumber(const std::string& text) {
    const auto read = unlessRefused(ErrorCode::Image, [&] { return tar::parsePaxNumber(text, "size"); });
    const bool is = isNumber(text, INT64_MAX);
    holds(read.has_value() == is && (!is || *read == std::stoull(text)), [&] { return text; });
}

} // namespace

TEST_CASE("every pax header of up to seven bytes, and every pair of short records, is read as pax(1) says",
          "[A5]") {
    constexpr std::string_view letters("56 =\na\0", 7);
    eachTextUpTo(letters, 5, checkRecords);
    for (std::size_t size = 5; size <= 6; ++size) {
        eachText(letters, size, [](const std::string& rest) {
            checkRecords('6' + rest);
            checkRecords("5 a=\n" + rest);
        });
    }
}

TEST_CASE("a pax record is read only if its length is that of the record, however it is spelled", "[A5]") {
    for (std::size_t size = 0; size < 1200; ++size) {
        const std::string rest = " k=" + std::string(size, 'v') + '\n';
        for (const auto* prefix : {"", "0", "+", "-", " "}) {
            for (std::size_t length = rest.size(); length < rest.size() + 9; ++length) {
                const auto bytes = prefix + std::to_string(length) + rest;
                if (size > 900 || size < 110) checkRecords(bytes);
            }
        }
    }
    for (const auto* length : {"18446744073709551621", "4294967301", "99999999999999999999999", "", "0"})
        checkRecords(std::string(length) + " a=\n");
}

TEST_CASE("every list of three pax records in a layer is in its order and has its numbers, or is refused",
          "[A8]") {
    const std::vector<std::string> values{"",
                                          "0",
                                          "1",
                                          "4294967295",
                                          "4294967296",
                                          "9223372036854775807",
                                          "9223372036854775808",
                                          "18446744073709551616",
                                          "-1",
                                          "+1",
                                          " 1",
                                          "1 ",
                                          "1=",
                                          "a\nb"};
    Records all;
    Records few;
    for (const auto* key : {"path", "linkpath", "size", "uid", "gid", "mtime", "SCHILY.xattr.a",
                            "SCHILY.xattr.b", "SCHILY.acl.access", "comment", "Path"}) {
        for (const auto& value : values) {
            all.emplace_back(key, value);
            if (value.size() <= 1) few.emplace_back(key, value);
        }
    }
    eachList(all, 1, checkLayerRecords);
    eachList(all, 2, checkLayerRecords);
    eachList(few, 3, checkLayerRecords);
}

TEST_CASE("every number and time of up to six characters in a pax header is read exactly, or refused",
          "[A5]") {
    eachTextUpTo("-+.019 ", 6, [](const std::string& text) {
        checkTime(text);
        checkNumber(text);
    });
    for (const auto border : borders64()) {
        for (const __int128 number : {static_cast<__int128>(border), -static_cast<__int128>(border)}) {
            checkNumber(decimal(number));
            for (const auto* rest : {"", ".", ".0", ".000000000", ".000000001", ".5", ".999999999"})
                checkTime(decimal(number) + rest);
        }
    }
}

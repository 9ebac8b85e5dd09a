#include "tar/pax_records.hh"

#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::tar {

namespace {

constexpr std::string_view kSparseMap = "GNU.sparse.map";

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message));
}

/// Consumes "LENGTH KEY=VALUE\n" from the front.
std::pair<std::string_view, std::string_view> takeRecord(std::string_view& bytes) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), length);
    const auto digits = static_cast<std::size_t>(end - bytes.data());
    if (error != std::errc() || length > bytes.size() || length < digits + 3 || bytes[digits] != ' ' ||
        bytes[length - 1] != '\n') {
        refuse("its pax header is malformed");
    }
    const auto record = bytes.substr(digits + 1, length - digits - 2);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) refuse("its pax header has a record without a key");
    bytes.remove_prefix(length);
    return {record.substr(0, equals), record.substr(equals + 1)};
}

[[noreturn]] void refuseTwice(std::string_view key) {
    refuse(fmt::format("its pax header has the key {} twice", quote(key)));
}

/// Converts GNU tar's sparse format 0.0, which repeats two keys for each extent, to the list of format 0.1.
class SparseRecords final {
  public:
    bool take(std::string_view key, std::string_view value) {
        if (key != "GNU.sparse.offset" && key != "GNU.sparse.numbytes") return false;
        const bool offset = m_count++ % 2 == 0;
        if (offset != (key == "GNU.sparse.offset") || value.find(',') != std::string_view::npos)
            refuse("the sparse map in its pax header is malformed");
        if (!m_map.empty()) m_map += ',';
        m_map += value;
        return true;
    }
    bool any() const { return m_count > 0; }
    const std::string& map() const { return m_map; }

  private:
    std::string m_map;
    std::size_t m_count = 0;
};

} // namespace

PaxRecords parsePaxRecords(std::string_view bytes) {
    PaxRecords records;
    SparseRecords sparse;
    while (!bytes.empty()) {
        const auto [key, value] = takeRecord(bytes);
        if (sparse.take(key, value)) continue;
        if (!records.emplace(key, value).second) refuseTwice(key);
    }
    if (!sparse.any()) return records;
    if (!records.emplace(kSparseMap, sparse.map()).second) refuseTwice(kSparseMap);
    return records;
}

bool isMeaningfulPaxKey(std::string_view key) {
    constexpr std::array<std::string_view, 6> keys{"path", "linkpath", "size", "uid", "gid", "mtime"};
    for (const auto candidate : keys) {
        if (key == candidate) return true;
    }
    return key.starts_with("SCHILY.") || key.starts_with("GNU.sparse.");
}

std::uint64_t parsePaxNumber(std::string_view text, std::string_view key) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > INT64_MAX) {
        refuse(fmt::format("its pax header has {} for the number {}", quote(text.substr(0, 100)), key));
    }
    return value;
}

std::int64_t parsePaxTime(std::string_view text) {
    const auto dot = text.find('.');
    const auto whole = text.substr(0, dot);
    const auto fraction = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
    if (error != std::errc() || end != whole.data() + whole.size() || value == INT64_MIN ||
        fraction.find_first_not_of("0123456789") != std::string_view::npos) {
        refuse(fmt::format("its pax header has {} for the time mtime", quote(text.substr(0, 100))));
    }
    const bool rest = fraction.find_first_not_of('0') != std::string_view::npos;
    return whole.starts_with('-') && rest ? value - 1 : value;
}

const std::string& withoutNul(const std::string& text, std::string_view what) {
    if (text.find('\0') != std::string::npos) refuse(fmt::format("its {} has a NUL byte", what));
    return text;
}

} // namespace rootlayer::tar

#include "layer/pax.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "base/escape.hh"
#include "layer/refuse.hh"
#include "layer/rules.hh"
#include "layer/ustar.hh"

namespace rootlayer::layer {

namespace {

constexpr std::string_view kXattrKey = "SCHILY.xattr.";
constexpr std::array<std::string_view, 6> kKeys = {"path", "linkpath", "size", "uid", "gid", "mtime"};

std::size_t digits(std::size_t number) {
    std::size_t count = 1;
    for (; number >= 10; number /= 10)
        ++count;
    return count;
}

/// "LENGTH KEY=VALUE\n"; LENGTH includes its own digits.
void appendRecord(std::string& out, std::string_view prefix, std::string_view key, std::string_view value) {
    const auto rest = 1 + prefix.size() + key.size() + 1 + value.size() + 1;
    auto length = rest + digits(rest);
    length = rest + digits(length);
    fmt::format_to(std::back_inserter(out), "{} ", length);
    out.append(prefix).append(key).append("=").append(value).append("\n");
}

void appendRecord(std::string& out, std::string_view key, std::uint64_t value) {
    appendRecord(out, {}, key, fmt::format_int(value).str());
}

std::uint64_t number(std::string_view text, std::string_view key, std::uint64_t most) {
    std::uint64_t value = 0;
    const auto end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc{} || result.ptr != end || value > most)
        refuse(fmt::format("its pax record {} has the value {}, which is not a number or is too large", key,
                           quote(text)));
    return value;
}

struct Record {
    std::string_view key;
    std::string_view value;
};

/// Removes the first record and returns it.
Record takeRecord(std::string_view& records) {
    std::size_t length = 0;
    const auto end = records.data() + std::min(records.size(), digits(kMaxPaxHeader));
    const auto result = std::from_chars(records.data(), end, length);
    const auto start = static_cast<std::size_t>(result.ptr - records.data()) + 1;
    const bool readable = result.ec == std::errc{} && start < length && length <= records.size() &&
                          records[start - 1] == ' ' && records[length - 1] == '\n';
    if (!readable) refuse("its pax header is malformed");
    const auto body = records.substr(start, length - 1 - start);
    const auto equals = body.find('=');
    if (equals == std::string_view::npos) refuse("its pax header is malformed: a record has no '='");
    records.remove_prefix(length);
    return {body.substr(0, equals), body.substr(equals + 1)};
}

/// The position of a key in the fixed order; all extended attributes share the last.
std::size_t rank(std::string_view key) {
    if (key.starts_with(kXattrKey)) return kKeys.size();
    const auto at = std::find(kKeys.begin(), kKeys.end(), key);
    if (at == kKeys.end())
        refuse(fmt::format("its pax header has the key {}, which is not allowed in a layer", quote(key)));
    return static_cast<std::size_t>(at - kKeys.begin());
}

void apply(const Record& record, Entry& entry) {
    constexpr std::uint64_t kMaxId = std::numeric_limits<std::uint32_t>::max();
    constexpr std::uint64_t kMaxSigned = std::numeric_limits<std::int64_t>::max();
    const auto& [key, value] = record;
    switch (rank(key)) {
    case 0:
        entry.path = value;
        break;
    case 1:
        entry.linkTarget = value;
        break;
    case 2:
        entry.size = number(value, key, kMaxSigned);
        break;
    case 3:
        entry.uid = static_cast<std::uint32_t>(number(value, key, kMaxId));
        break;
    case 4:
        entry.gid = static_cast<std::uint32_t>(number(value, key, kMaxId));
        break;
    case 5:
        entry.mtime = static_cast<std::int64_t>(number(value, key, kMaxSigned));
        break;
    default:
        entry.xattrs.emplace(key.substr(kXattrKey.size()), value);
    }
}

} // namespace

void appendPaxRecords(std::string& out, const Entry& entry) {
    // The trailing slash of a directory's name counts.
    if (needsPaxName(entry.path) || (entry.type == EntryType::Directory && entry.path.size() == 100))
        appendRecord(out, {}, kKeys[0], tarName(entry));
    if (needsPaxName(entry.linkTarget)) appendRecord(out, {}, kKeys[1], entry.linkTarget);
    if (needsPaxNumber(entry.size)) appendRecord(out, kKeys[2], entry.size);
    if (needsPaxId(entry.uid)) appendRecord(out, kKeys[3], entry.uid);
    if (needsPaxId(entry.gid)) appendRecord(out, kKeys[4], entry.gid);
    if (needsPaxNumber(static_cast<std::uint64_t>(entry.mtime)))
        appendRecord(out, kKeys[5], static_cast<std::uint64_t>(entry.mtime));
    for (const auto& [name, value] : entry.xattrs)
        appendRecord(out, kXattrKey, name, value);
}

void applyPaxRecords(std::string_view records, Entry& entry) {
    Record previous{};
    while (!records.empty()) {
        const auto record = takeRecord(records);
        const bool ascends = previous.key.empty() || std::pair(rank(previous.key), previous.key) <
                                                         std::pair(rank(record.key), record.key);
        if (!ascends) refuse(fmt::format("its pax record {} is repeated or out of order", quote(record.key)));
        apply(record, entry);
        previous = record;
    }
}

} // namespace rootlayer::layer

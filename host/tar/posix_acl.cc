#include "tar/posix_acl.hh"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <vector>

#include "layer/acl.hh"

namespace rootlayer::tar {

namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kNobody = 0xffffffff; // ACL_UNDEFINED_ID: the entry has no user or group
constexpr std::size_t kHeader = 4;
constexpr std::size_t kEntry = 8;

// linux/posix_acl.h
constexpr std::uint32_t kUserObject = 0x01;
constexpr std::uint32_t kUser = 0x02;
constexpr std::uint32_t kGroupObject = 0x04;
constexpr std::uint32_t kGroup = 0x08;
constexpr std::uint32_t kMask = 0x10;
constexpr std::uint32_t kOther = 0x20;

struct AclEntry {
    std::uint32_t tag = 0;
    std::uint32_t permissions = 0;
    std::uint32_t id = kNobody;
};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find_first_of(separators, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::string_view trimmed(std::string_view text) {
    const auto from = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(from, text.find_last_not_of(" \t") + 1 - from);
}

/// `named`: the entry is for a given user or group.
std::optional<std::uint32_t> tagOf(std::string_view word, bool named) {
    if (word == "user" || word == "u") return named ? kUser : kUserObject;
    if (word == "group" || word == "g") return named ? kGroup : kGroupObject;
    if ((word == "mask" || word == "m") && !named) return kMask;
    if ((word == "other" || word == "o") && !named) return kOther;
    return std::nullopt;
}

std::optional<std::uint32_t> permissionsOf(std::string_view text) {
    constexpr std::string_view letters = "rwx";
    if (text.size() != letters.size()) return std::nullopt;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (text[i] != letters[i] && text[i] != '-') return std::nullopt;
        bits = bits << 1U | (text[i] == '-' ? 0U : 1U);
    }
    return bits;
}

std::optional<std::uint32_t> numberOf(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Parses "user:1000:rw-", or "user:joe:rw-:1000" as star and bsdtar write it.
std::optional<AclEntry> entryOf(std::string_view text) {
    const auto fields = split(text, ":");
    if (fields.size() < 3 || fields.size() > 4) return std::nullopt;
    const bool named = !fields[1].empty();
    const auto tag = tagOf(fields[0], named);
    const auto permissions = permissionsOf(trimmed(fields[2]));
    const auto id = named ? numberOf(fields.size() == 4 ? fields[3] : fields[1]) : kNobody;
    if (!tag || !permissions || !id) return std::nullopt;
    return AclEntry{*tag, *permissions, *id};
}

std::uint32_t numberAt(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t i = size; i-- > 0;)
        number = number << 8U | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

void append(std::string& to, std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
        to += static_cast<char>(value >> 8U * i & 0xffU);
}

} // namespace

std::optional<std::string> aclFromText(std::string_view text) {
    std::vector<AclEntry> entries;
    for (auto part : split(text, ",\n")) {
        part = trimmed(part.substr(0, part.find('#'))); // "#effective:r--"
        if (part.empty()) continue;
        const auto entry = entryOf(part);
        if (!entry) return std::nullopt;
        entries.push_back(*entry);
    }
    if (entries.empty()) return std::nullopt;
    // The kernel requires this order.
    std::stable_sort(entries.begin(), entries.end(), [](const AclEntry& one, const AclEntry& other) {
        return one.tag != other.tag ? one.tag < other.tag : one.id < other.id;
    });
    std::string bytes;
    append(bytes, kVersion, 4);
    for (const auto& entry : entries) {
        append(bytes, entry.tag, 2);
        append(bytes, entry.permissions, 2);
        append(bytes, entry.id, 4);
    }
    return bytes;
}

bool isAclBytes(std::string_view value) {
    constexpr std::string_view version{"\2\0\0\0", kHeader};
    if (!value.starts_with(version) || (value.size() - kHeader) % kEntry != 0) return false;
    std::vector<std::uint32_t> tags;
    for (std::size_t at = kHeader; at < value.size(); at += kEntry) {
        const auto tag = numberAt(value, at, 2);
        const bool named = tag == kUser || tag == kGroup;
        if (numberAt(value, at + 2, 2) > 7 || (named && numberAt(value, at + 4, 4) == kNobody)) return false;
        // In ascending order; only the named tags may repeat.
        if (!tags.empty() && (named ? tag < tags.back() : tag <= tags.back())) return false;
        tags.push_back(tag);
    }
    const auto has = [&](std::uint32_t tag) {
        return std::find(tags.begin(), tags.end(), tag) != tags.end();
    };
    if (tags.empty()) return true;
    const bool known =
        std::all_of(tags.begin(), tags.end(), [](auto tag) { return std::has_single_bit(tag); });
    const bool whole = has(kUserObject) && has(kGroupObject) && has(kOther) && tags.back() == kOther;
    return known && whole && (has(kMask) || !(has(kUser) || has(kGroup)));
}

bool isAclName(std::string_view name) {
    return name.starts_with("system.posix_acl_");
}

bool isUsableAcl(layer::EntryType type, std::string_view name, std::string_view value) {
    const bool defaults = name == layer::kDefaultAcl;
    if (!defaults && name != layer::kAccessAcl) return false;
    if (type == layer::EntryType::Symlink || (defaults && type != layer::EntryType::Directory)) return false;
    return isAclBytes(value);
}

} // namespace rootlayer::tar

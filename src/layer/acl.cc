#include "layer/acl.hh"

#include <cstdint>

#include "layer/whiteout.hh"

namespace rootlayer::layer {

namespace {

constexpr std::size_t kEntrySize = 8;

/// The version, 2, in little-endian.
constexpr std::string_view kHeader{"\2\0\0\0", 4};

// linux/posix_acl.h
constexpr char kUserObject = 0x01;
constexpr char kGroupObject = 0x04;
constexpr char kOther = 0x20;

void append(std::string& acl, char tag, std::uint32_t permissions) {
    acl += tag;
    acl += '\0';
    acl += static_cast<char>(permissions & 7U);
    acl += '\0';
    acl.append(4, '\xff');
}

/// Does the entry neither inherit an ACL nor get one added?
bool isApart(const Entry& entry) {
    return entry.type == EntryType::Symlink || entry.type == EntryType::HardLink ||
           isWhiteoutPath(entry.path);
}

bool isBelow(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

const std::string* valueOf(const Entry& entry, const char* name) {
    const auto found = entry.xattrs.find(name);
    return found == entry.xattrs.end() ? nullptr : &found->second;
}

} // namespace

std::string emptyAcl() {
    return std::string(kHeader);
}

std::string minimalAcl(std::uint32_t mode) {
    auto acl = emptyAcl();
    append(acl, kUserObject, mode >> 6U);
    append(acl, kGroupObject, mode >> 3U);
    append(acl, kOther, mode);
    return acl;
}

bool isMinimalAcl(std::string_view value) {
    if (value == kHeader) return true;
    if (!value.starts_with(kHeader) || value.size() != kHeader.size() + 3 * kEntrySize) return false;
    const auto tag = [&](std::size_t entry) { return value[kHeader.size() + entry * kEntrySize]; };
    return tag(0) == kUserObject && tag(1) == kGroupObject && tag(2) == kOther;
}

bool hasDefaultAcl(const Entry& entry) {
    const auto* value = valueOf(entry, kDefaultAcl);
    return value != nullptr && *value != kHeader;
}

bool InheritedAcls::inherits(const Entry& entry) {
    while (!m_above.empty() && !isBelow(entry.path, m_above.back().path))
        m_above.pop_back();
    const bool result = m_above.empty() ? m_root : m_above.back().hasDefault;
    if (entry.type == EntryType::Directory) m_above.push_back({entry.path, hasDefaultAcl(entry)});
    return result;
}

bool InheritedAcls::complete(Entry& entry) {
    if (!inherits(entry) || isApart(entry)) return false;
    bool added = entry.xattrs.emplace(kAccessAcl, minimalAcl(entry.mode)).second;
    if (entry.type == EntryType::Directory) added |= entry.xattrs.emplace(kDefaultAcl, emptyAcl()).second;
    return added;
}

std::string InheritedAcls::fault(const Entry& entry) {
    const bool inherited = inherits(entry);
    if (isApart(entry)) return {};
    const auto* access = valueOf(entry, kAccessAcl);
    const auto* defaults = valueOf(entry, kDefaultAcl);
    const bool isDirectory = entry.type == EntryType::Directory;
    if (inherited && (access == nullptr || (isDirectory && defaults == nullptr)))
        return "it has no ACL of its own and would inherit the default ACL of its directory";
    if (access != nullptr && isMinimalAcl(*access) && *access != minimalAcl(entry.mode))
        return "it has a minimal ACL that does not match its mode";
    // It is unknown whether the root, which has no entry, has a default ACL.
    if (inherited || entry.path.find('/') == std::string::npos) return {};
    if ((access != nullptr && isMinimalAcl(*access)) || (defaults != nullptr && isMinimalAcl(*defaults)))
        return "it has a minimal ACL, but its directory has no default ACL";
    return {};
}

} // namespace rootlayer::layer

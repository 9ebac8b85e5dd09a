#include "audit/entry_audit.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>

#include "audit/byte_audit.hh"
#include "base/escape.hh"
#include "layer/rules.hh"
#include "layer/whiteout.hh"
#include "layer/xattr.hh"

namespace rootlayer::audit {

namespace {

using layer::EntryType;

constexpr std::string_view kXattr = "SCHILY.xattr.";
constexpr std::uint64_t kNoChange = layer::kNoChange;

/// Parses an entry and remembers which header fields have been reported.
class EntryAudit final {
  public:
    EntryAudit(const tar::TarMember& member, const ReportFault& report)
        : m_member(member), m_report(report) {}

    layer::Entry operator()() {
        takeExtensions();
        takeName();
        takeType();
        takeOwner();
        takeTime();
        takeLink();
        takeXattrs();
        takeDevice();
        if (!m_entry.path.empty()) auditBytes(m_member, m_entry, m_known, m_report);
        return std::move(m_entry);
    }

  private:
    void fault(std::string_view rule, std::string message) {
        m_known.any = true;
        m_report(rule, std::move(message));
    }

    /// auditBytes() does not report `field` again.
    void fault(std::string_view rule, std::string_view field, std::string message) {
        m_known.fields.insert(field);
        fault(rule, std::move(message));
    }

    const std::string* record(std::string_view key) const {
        const auto at = m_member.pax.find(key);
        return at == m_member.pax.end() || at->second.empty() ? nullptr : &at->second;
    }

    void takeExtensions();
    void takeKeys();
    void takeName();
    void takeType();
    void takeOwner();
    std::uint32_t id(std::string_view key, std::int64_t inHeader);
    void takeTime();
    void takeLink();
    void takeXattrs();
    void takeXattr(const std::string& name, const std::string& value);
    void takeDevice();
    void checkName(std::string_view name);

    const tar::TarMember& m_member;
    const ReportFault& m_report;
    layer::Entry m_entry;
    std::string m_gnuName;
    std::string m_gnuLink;
    KnownFaults m_known;
};

void EntryAudit::takeExtensions() {
    if (!m_member.cleanPadding) fault("T3", "the padding before its header is not zero");
    std::size_t paxHeaders = 0;
    for (const auto& extension : m_member.extensions) {
        const auto text = extension.body.substr(0, extension.body.find('\0'));
        switch (extension.type) {
        case 'x':
            if (++paxHeaders > 1) fault("T3", "it has two pax headers");
            break;
        case 'L':
            m_gnuName = text;
            fault("T3", "name", "it has a GNU long name instead of a pax header");
            break;
        case 'K':
            m_gnuLink = text;
            fault("T3", "linkname", "it has a GNU long link target instead of a pax header");
            break;
        default:
            fault("T3", extension.type == 'g' ? "a global pax header precedes it"
                                              : "a pax header of star's type X stands before it");
        }
    }
    takeKeys();
}

void EntryAudit::takeKeys() {
    constexpr std::array<std::string_view, 6> known{"path", "linkpath", "size", "uid", "gid", "mtime"};
    for (const auto& [key, value] : m_member.pax) {
        const bool expected =
            key.starts_with(kXattr) || std::find(known.begin(), known.end(), key) != known.end();
        if (!expected) fault("T4", fmt::format("its pax header has the key {}", quote(key)));
    }
    if (m_member.header.type == 'S') fault("T4", "typeflag", "it is a GNU sparse file");
}

/// The path that a name means inside the root, which ".." cannot leave.
std::string canonicalPath(std::string_view name) {
    std::string path;
    while (!name.empty()) {
        const auto component = name.substr(0, name.find('/'));
        name.remove_prefix(std::min(component.size() + 1, name.size()));
        if (component.empty() || component == ".") continue;
        if (component == "..") {
            path.resize(layer::parentPath(path).size());
            continue;
        }
        if (!path.empty()) path += '/';
        path += component;
    }
    return path;
}

void EntryAudit::takeName() {
    const auto* pax = record("path");
    const auto& name = pax != nullptr ? *pax : m_gnuName.empty() ? m_member.header.name : m_gnuName;
    m_entry.path = canonicalPath(name);
    checkName(name);
}

void EntryAudit::checkName(std::string_view name) {
    if (m_entry.path.empty()) return fault("T2", "name", "it is an entry for the root itself");
    const auto plain = name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
    if (plain != m_entry.path) fault("T2", "name", fmt::format("its name is not canonical: {}", quote(name)));
    const bool directory = m_member.header.type == '5';
    if (directory != name.ends_with('/')) {
        fault("T2", "name",
              directory ? "it is a directory whose name has no trailing slash"
                        : "it is not a directory but its name has a trailing slash");
    }
    if (name.find('\0') != std::string_view::npos) fault("T2", "name", "its name has a NUL byte");
    if (!layer::fitsPath(m_entry.path)) fault("T9", "its path is longer than 4095 bytes");
    for (std::string_view rest = m_entry.path; !rest.empty();) {
        const auto component = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(component.size() + 1, rest.size()));
        if (!layer::fitsComponent(component))
            return fault("T9", "its path has a component of more than 255 bytes");
    }
}

void EntryAudit::takeType() {
    const char type = m_member.header.type;
    if (type >= '0' && type <= '6') {
        m_entry.type = static_cast<EntryType>(type - '0'); // the values of layer::EntryType are ustar's
    } else if (type != 'S') {
        fault("T3", "typeflag", fmt::format("it has the type {}", quote({&type, 1})));
    }
    const auto mode = static_cast<std::uint64_t>(m_member.header.mode);
    m_entry.mode = static_cast<std::uint32_t>(mode & 07777U);
    if (mode > 07777) fault("T3", "mode", fmt::format("its mode {:o} has more than 12 bits", mode));
    const auto* size = record("size");
    if (m_entry.type == EntryType::File) {
        m_entry.size = size != nullptr ? tar::parsePaxNumber(*size, "size")
                                       : static_cast<std::uint64_t>(m_member.header.size);
    }
}

void EntryAudit::takeOwner() {
    m_entry.uid = id("uid", m_member.header.uid);
    m_entry.gid = id("gid", m_member.header.gid);
    const std::string_view names = std::string_view(m_member.block).substr(265, 64);
    if (tar::isZeroBlock(names)) return;
    m_known.fields.insert("uname");
    m_known.fields.insert("gname");
    const auto user = names.substr(0, 32).substr(0, names.substr(0, 32).find('\0'));
    const auto group = names.substr(32).substr(0, names.substr(32).find('\0'));
    fault("T4", fmt::format("it has the owner names {} and {}", quote(user), quote(group)));
}

std::uint32_t EntryAudit::id(std::string_view key, std::int64_t inHeader) {
    const auto* pax = record(key);
    const auto value = pax != nullptr ? tar::parsePaxNumber(*pax, key) : static_cast<std::uint64_t>(inHeader);
    if (value < kNoChange) return static_cast<std::uint32_t>(value);
    fault("T6", key, fmt::format("its {} {} is out of range", key, static_cast<std::int64_t>(value)));
    return 0;
}

void EntryAudit::takeTime() {
    m_entry.mtime = m_member.header.mtime;
    if (const auto* pax = record("mtime")) {
        m_entry.mtime = tar::parsePaxTime(*pax);
        if (pax->find('.') != std::string::npos)
            fault("T5", "mtime", fmt::format("its time {} is not in whole seconds", *pax));
    }
    if (m_entry.mtime >= 0) return;
    fault("T5", "mtime", fmt::format("its time {} is negative", m_entry.mtime));
    m_entry.mtime = 0;
}

void EntryAudit::takeLink() {
    const bool isLink = m_entry.type == EntryType::HardLink || m_entry.type == EntryType::Symlink;
    if (!isLink) return;
    const auto* pax = record("linkpath");
    const auto& target = pax != nullptr ? *pax : m_gnuLink.empty() ? m_member.header.link : m_gnuLink;
    m_entry.linkTarget = target;
    if (target.empty()) fault("T8", "it is a link to nothing");
    if (target.size() > layer::kMaxPath) fault("T9", "its link target is longer than 4095 bytes");
    if (m_entry.type == EntryType::Symlink) return;
    m_entry.linkTarget = canonicalPath(target);
    if (m_entry.linkTarget != target)
        fault("T2", "linkname", fmt::format("its link target is not canonical: {}", quote(target)));
}

void EntryAudit::takeXattrs() {
    for (const auto& [key, value] : m_member.pax) {
        if (key.starts_with(kXattr)) takeXattr(key.substr(kXattr.size()), value);
    }
}

void EntryAudit::takeXattr(const std::string& name, const std::string& value) {
    m_entry.xattrs.emplace(name, value);
    const auto what = "its extended attribute " + quote(name);
    if (!layer::isLayerXattr(name)) return fault("T7", what + " is not one that a layer may hold");
    if (value.empty()) return fault("T7", what + " is empty");
    if (name == layer::kCapabilityXattr && layer::portableCapability(value) != value)
        fault("T7", what + " is of version 3, which names a user namespace");
}

void EntryAudit::takeDevice() {
    if (m_entry.type != EntryType::CharDevice && m_entry.type != EntryType::BlockDevice) return;
    const auto number = [&](std::string_view field, std::int64_t value) -> std::uint32_t {
        if (value >= 0 && value <= layer::kMaxDevice) return static_cast<std::uint32_t>(value);
        fault("T11", field, fmt::format("its {} {} is out of range", field, value));
        return 0;
    };
    m_entry.devMajor = number("devmajor", m_member.header.devMajor);
    m_entry.devMinor = number("devminor", m_member.header.devMinor);
    if (m_entry.type == EntryType::CharDevice && m_entry.devMajor == 0 && m_entry.devMinor == 0)
        fault("W11", "it is the character device 0:0, which overlayfs takes for a whiteout");
}

} // namespace

layer::Entry auditEntry(const tar::TarMember& member, const ReportFault& report) {
    return EntryAudit(member, report)();
}

} // namespace rootlayer::audit

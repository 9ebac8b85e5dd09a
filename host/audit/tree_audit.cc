#include "audit/tree_audit.hh"

#include <cstdint>
#include <fmt/format.h>

#include "base/escape.hh"
#include "layer/order.hh"
#include "layer/whiteout.hh"

namespace rootlayer::audit {

using layer::EntryType;

void TreeAudit::next(const layer::Entry& entry, const ReportFault& report) {
    checkOrder(entry, report);
    checkParent(layer::parentPath(entry.path), report);
    checkWhiteout(entry, report);
    if (auto fault = m_acls.fault(entry); !fault.empty()) report("T13", std::move(fault));
    if (!layer::isWhiteoutPath(entry.path)) checkLink(entry, report);
    m_seen.insert(m_hash(entry.path));
    if (entry.type == EntryType::Directory) m_directories.insert(m_hash(entry.path));
    m_previous = entry.path;
}

void TreeAudit::checkOrder(const layer::Entry& entry, const ReportFault& report) {
    if (m_seen.contains(m_hash(entry.path))) return report("T2", "it is in the layer twice");
    if (m_previous.empty() || layer::compareLayerPaths(m_previous, entry.path) < 0) return;
    const bool late = layer::isWhiteoutPath(entry.path) && !layer::isWhiteoutPath(m_previous);
    report(late ? "W4" : "T1", fmt::format("it is out of order: it must come before {}", quote(m_previous)));
}

void TreeAudit::checkParent(std::string_view parent, const ReportFault& report) const {
    if (parent.empty() || m_directories.contains(m_hash(parent))) return;
    if (m_seen.contains(m_hash(parent)))
        return report("W3", fmt::format("it is below {}, which is not a directory", quote(parent)));
    report("W3", fmt::format("its parent {} has no entry before it", quote(parent)));
}

void TreeAudit::checkWhiteout(const layer::Entry& entry, const ReportFault& report) {
    if (!layer::isWhiteoutPath(entry.path)) {
        if (m_removed.contains(m_hash(entry.path)))
            report("W4", "it is both a whiteout and an entry of this layer");
        return;
    }
    const auto name = layer::baseName(entry.path);
    if (name == layer::kOpaqueMarker) {
        const bool top = layer::parentPath(entry.path).empty();
        return report(top ? "W8" : "W6", "it is an opaque marker instead of a whiteout for each name");
    }
    if (layer::isReservedWhiteout(name))
        return report("A3", "it is a whiteout without a name, or a marker that no layer may hold");
    const auto removed = layer::removedPath(entry.path);
    m_removed.insert(m_hash(removed));
    if (m_seen.contains(m_hash(removed))) report("W4", "it is both a whiteout and an entry of this layer");
    if (entry.type == EntryType::HardLink) return report("W2", "it is a whiteout and a hard link");
    if (entry != layer::whiteoutEntry(removed))
        report("W1", "it is a whiteout that is not an empty regular file with mode 0, owner 0:0 and time 0");
}

void TreeAudit::checkLink(const layer::Entry& entry, const ReportFault& report) {
    if (entry.type == EntryType::Directory) return;
    if (entry.type != EntryType::HardLink) {
        m_targets.insert(m_hash(entry.path));
        m_identities.insert(identity(entry.path, entry));
        return;
    }
    const auto target = quote(entry.linkTarget);
    if (!m_targets.contains(m_hash(entry.linkTarget)))
        return report("T8", fmt::format("it is a hard link to {}, which does not come before it", target));
    if (!m_identities.contains(identity(entry.linkTarget, entry)))
        report("T8",
               fmt::format("it is a hard link to {} but its mode, owner, time or attributes differ", target));
}

std::uint64_t TreeAudit::identity(std::string_view path, const layer::Entry& metadata) const {
    // Sizes make the concatenation unambiguous.
    auto text = fmt::format("{} {} {} {} {} {}", path.size(), path, metadata.mode, metadata.uid, metadata.gid,
                            metadata.mtime);
    for (const auto& [name, value] : metadata.xattrs)
        text += fmt::format(" {} {} {} {}", name.size(), name, value.size(), value);
    return m_hash(text);
}

} // namespace rootlayer::audit

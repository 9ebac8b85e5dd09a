#include "layer/tree_order.hh"

#include <cstdint>
#include <fmt/format.h>

#include "base/escape.hh"
#include "layer/order.hh"
#include "layer/refuse.hh"
#include "layer/whiteout.hh"

namespace rootlayer::layer {

namespace {

template <typename Number>
void appendRaw(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void appendText(std::string& out, std::string_view text) {
    appendRaw(out, text.size());
    out.append(text);
}

} // namespace

void TreeOrder::next(const Entry& entry) {
    checkFollows(entry.path);
    checkParent(parentPath(entry.path));
    checkWhiteouts(entry);
    m_previous = entry.path;
    m_previousIsDirectory = entry.type == EntryType::Directory;
}

void TreeOrder::checkFollows(std::string_view path) const {
    if (m_previous.empty()) return;
    const auto order = compareLayerPaths(m_previous, path);
    if (order == 0) refuse("it is in the layer twice");
    if (order > 0)
        refuse(fmt::format(
            "it is out of order: it may not come after {} (bytewise with '/' lowest, whiteouts first)",
            quote(m_previous)));
}

void TreeOrder::checkParent(std::string_view parent) const {
    // All entries below a directory directly follow it, so the parent is the previous entry or one of its
    // ancestors. The ancestors of the previous entry are known to be directories.
    if (parent.empty()) return;
    if (m_previous == parent) {
        if (!m_previousIsDirectory)
            refuse(fmt::format("it is under {}, which is not a directory", quote(parent)));
        return;
    }
    if (m_previous.size() > parent.size() && m_previous.starts_with(parent) &&
        m_previous[parent.size()] == '/')
        return;
    refuse(fmt::format("its parent {} has no entry before it, or is no directory", quote(parent)));
}

void TreeOrder::checkWhiteouts(const Entry& entry) {
    if (isWhiteoutPath(entry.path))
        m_removed.insert(m_hash(removedPath(entry.path)));
    else if (!m_removed.empty() && m_removed.contains(m_hash(entry.path)))
        refuse("it is both a whiteout and an entry of this layer");
}

void LinkTargets::next(const Entry& entry) {
    if (entry.type == EntryType::Directory || isWhiteoutPath(entry.path)) return;
    if (entry.type != EntryType::HardLink) return m_targets.insert(identity(entry.path, entry));
    if (!m_targets.contains(identity(entry.linkTarget, entry)))
        refuse(fmt::format(
            "it is a hard link to {}, but no earlier file, symlink, device or fifo of that name has its "
            "mode, owner, time and extended attributes",
            quote(entry.linkTarget)));
}

std::uint64_t LinkTargets::identity(std::string_view path, const Entry& metadata) {
    m_scratch.clear();
    appendText(m_scratch, path);
    appendRaw(m_scratch, metadata.mode);
    appendRaw(m_scratch, metadata.uid);
    appendRaw(m_scratch, metadata.gid);
    appendRaw(m_scratch, metadata.mtime);
    for (const auto& [name, value] : metadata.xattrs) {
        appendText(m_scratch, name);
        appendText(m_scratch, value);
    }
    return m_hash(m_scratch);
}

} // namespace rootlayer::layer

#include "store/flat_tree.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/acl.hh"
#include "layer/hard_link.hh"
#include "layer/tar_writer.hh"
#include "store/tree_merge.hh"
#include "store/tree_visit.hh"
#include "tar/foreign_tar.hh"

namespace rootlayer::store {

using layer::Entry;
using layer::EntryType;

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kHexDigest = 64;
// In Inode::spooledAt: the rest is the number of an outside file.
constexpr std::uint64_t kOutside = std::uint64_t{1} << 63;

std::uint64_t inBlocks(std::uint64_t bytes) {
    return (bytes + kBlock - 1) / kBlock * kBlock;
}

bool isAcl(const std::pair<const std::string, std::string>& xattr) {
    return xattr.first.starts_with("system.posix_acl_");
}

/// Data and attributes are counted once for each inode, names for each directory.
void addExtent(const Node& node, TreeExtent& extent) {
    constexpr std::uint64_t nameOverhead = 16;
    const auto& attributes = node.inode->attributes;
    std::uint64_t names = 0;
    for (const auto& [name, below] : node.children) {
        ++extent.names;
        names += name.size() + nameOverhead;
        addExtent(*below, extent);
    }
    if (node.isDirectory())
        extent.bytes += inBlocks(2 * names + 1); // blocks of a large directory are half full
    if (node.inode->home != &node) return;
    const auto& xattrs = attributes.xattrs;
    if (attributes.type == EntryType::File) extent.bytes += inBlocks(attributes.size);
    if (!xattrs.empty() || attributes.type == EntryType::Symlink) extent.bytes += kBlock;
    if (std::any_of(xattrs.begin(), xattrs.end(), isAcl)) ++extent.acls;
}

} // namespace

FlatTree::FlatTree(FileSpool* spool, const CancelToken* cancel, const FlatTree* lower)
    : m_spool(spool), m_cancel(cancel), m_lower(lower), m_root(std::make_unique<Node>()) {
    m_root->inode = std::make_shared<Inode>();
    m_root->inode->attributes.type = EntryType::Directory;
    m_root->inode->attributes.mode = 0755;
}

tar::TarEnd FlatTree::add(Source& tar, const OnTreeChange& onChange, const EditEntry& edit) {
    LayerTree tree(LayerTree::Purpose::Layer, m_cancel, m_budget.memoryLeft());
    const auto end = readEntries(tar, tree, edit);
    merge(tree, onChange);
    return end;
}

void FlatTree::add(EntrySource& entries, OutsideFiles& files, const EditEntry& edit) {
    m_outside = &files;
    LayerTree tree(LayerTree::Purpose::Layer, m_cancel, m_budget.memoryLeft());
    std::uint64_t number = 0;
    while (const auto* entry = entries.next()) {
        look();
        Entry edited = *entry;
        if (edit && !edit(edited)) continue;
        const auto* node = tree.add(++number, edited);
        if (node != nullptr && edited.type == EntryType::File)
            node->inode->spooledAt = kOutside | entries.file();
    }
    merge(tree, {});
}

void FlatTree::merge(LayerTree& tree, const OnTreeChange& onChange) {
    tree.finish([this](const std::string& path) -> std::optional<LowerEntry> {
        auto there = entry(path);
        if (!there && m_lower != nullptr) there = m_lower->entry(path);
        if (!there) return std::nullopt;
        return LowerEntry{*there, 0};
    });
    // Before the merge, which may hide or replace the lower files.
    findLowerData(tree);
    const auto above = tree.release();
    m_finder.clear();
    TreeMerge(m_budget, onChange, m_cancel).roots(*m_root, *above);
}

tar::TarEnd FlatTree::readEntries(Source& tar, LayerTree& tree, const EditEntry& edit) {
    tar::ForeignTar foreign(tar);
    while (const auto* entry = foreign.next()) {
        look();
        Entry edited = *entry;
        if (edit && !edit(edited)) continue;
        const auto* node = tree.add(foreign.number(), edited);
        if (m_spool == nullptr || node == nullptr || node->inode->dataEntry == 0) continue;
        node->inode->spooledAt = m_spool->position();
        spool(foreign);
    }
    return foreign.end();
}

void FlatTree::spool(tar::ForeignTar& file) {
    Sha256 hash;
    for (auto bytes = file.data(); !bytes.empty(); bytes = file.data()) {
        look(); // holes are long, and nothing is read for them
        m_digestsOnly ? hash.write(bytes) : m_spool->append(bytes);
    }
    if (m_digestsOnly) m_spool->append(hash.finish().hex());
}

Digest FlatTree::digestOf(const Inode& inode) const {
    if (inode.attributes.size == 0) return sha256(std::string_view());
    StringSink hex;
    m_spool->copy(inode.spooledAt, kHexDigest, hex);
    return Digest::fromHex(hex.bytes());
}

void FlatTree::findLowerData(LayerTree& tree) const {
    tree.visit([this](Node& node, const std::string& path) {
        if (!node.inode || !node.inode->lowerData) return;
        const auto* there = find(node.inode->lowerData->path);
        if (there == nullptr) {
            throw Error(ErrorCode::Image,
                        fmt::format("{} is a hard link to a file of another layer", quote(path)));
        }
        node.inode->spooledAt = there->inode->spooledAt;
        node.inode->lowerData.reset();
    });
}

Entry FlatTree::named(const Node& node, const std::string& path) {
    Entry entry = node.inode->attributes;
    entry.path = path;
    if (node.inode->home == nullptr) return entry;
    layer::becomeHardLink(entry, node.inode->home->path());
    return entry;
}

void FlatTree::forgetHomes() const {
    std::string path;
    visitTree(*m_root, path, m_cancel, [](Node& node, const std::string&) { node.inode->home = nullptr; });
}

std::optional<Entry> FlatTree::entry(const std::string& path) const {
    const auto* node = find(path);
    if (node == nullptr) return std::nullopt;
    return node->inode->attributes;
}

TreeExtent FlatTree::extent() const {
    forgetHomes();
    std::string path;
    visitTree(*m_root, path, m_cancel, [](Node& node, const std::string&) {
        if (node.inode->home == nullptr) node.inode->home = &node;
    });
    TreeExtent extent;
    addExtent(*m_root, extent);
    return extent;
}

void FlatTree::copyData(const Inode& inode, Sink& out) {
    if ((inode.spooledAt & kOutside) != 0) return m_outside->copy(inode.spooledAt & ~kOutside, out);
    m_spool->copy(inode.spooledAt, inode.attributes.size, out);
}

std::uint64_t FlatTree::write(Sink& out) {
    if (m_spool == nullptr || m_digestsOnly)
        throw Error(ErrorCode::Internal, "a tree without data cannot be written");
    layer::TarWriter tar(out);
    FunctionSink data([&](std::string_view bytes) {
        look();
        tar.data(bytes);
    });
    forgetHomes();
    layer::InheritedAcls acls(layer::hasDefaultAcl(m_root->inode->attributes));
    std::string top;
    visitTree(*m_root, top, m_cancel, [&](Node& node, const std::string& path) {
        if (&node == m_root.get()) return;
        auto& inode = *node.inode;
        const bool first = inode.home == nullptr;
        auto entry = named(node, path);
        // A file's hard links must have the same attributes (T8).
        if (acls.complete(entry) && first) inode.attributes.xattrs = entry.xattrs;
        tar.add(entry);
        if (!first) return;
        inode.home = &node;
        if (inode.attributes.type == EntryType::File) copyData(inode, data);
    });
    tar.finish();
    return tar.entries();
}

} // namespace rootlayer::store

#include "store/flat_tree.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/acl.hh"
#include "layer/tar_writer.hh"
#include "tar/entry_path.hh"
#include "tar/foreign_tar.hh"

namespace rootlayer::store {

using layer::Entry;
using layer::EntryType;

namespace {

constexpr std::uint64_t kMaxWeight = std::uint64_t{1} << 30;

std::uint64_t weightOf(const Node& node) {
    std::uint64_t weight = sizeof(Node) + sizeof(Inode) + node.name.size() + 64;
    for (const auto& [name, value] : node.inode->attributes.xattrs)
        weight += name.size() + value.size() + 96;
    return weight + node.inode->attributes.linkTarget.size();
}

void visit(Node& node, const std::function<void(Node&)>& visitor) {
    visitor(node);
    for (auto& [name, below] : node.children)
        visit(*below, visitor);
}

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kHexDigest = 64;

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

/// Ignores the time: it changes whenever a name in the directory changes.
bool sameDirectory(Entry one, const Entry& other) {
    one.mtime = other.mtime;
    return one == other;
}

} // namespace

/// Merges the tree of one layer into the tree of the layers below it.
class FlatTree::Merge final {
  public:
    Merge(std::uint64_t& weight, const OnTreeChange& onChange) : m_weight(weight), m_onChange(onChange) {}

    /// Merges two directories. `hidden`: the layer hides all names of `below` that it does not have itself.
    void directories(Node& below, Node& above, bool hidden) {
        hidden = hidden || above.opaque;
        if (hidden) removeOthers(below, above);
        below.inode = std::move(above.inode);
        while (!above.children.empty()) {
            auto taken = above.children.extract(above.children.begin());
            const auto there = below.children.find(taken.key());
            if (there != below.children.end()) {
                meet(there, std::move(taken), below, hidden);
            } else if (taken.mapped()->inode) {
                insert(std::move(taken), below, TreeChange::Kind::Added);
            }
        }
    }

  private:
    using Children = decltype(Node::children);

    /// Merges a name that exists in both trees.
    void meet(Children::iterator there, Children::node_type taken, Node& parent, bool hidden) {
        Node& below = *there->second;
        Node& above = *taken.mapped();
        if (above.inode && above.isDirectory() && below.isDirectory()) {
            if (!sameDirectory(above.inode->attributes, below.inode->attributes))
                tell({TreeChange::Kind::Changed, {}, 1, 0}, below);
            m_weight += weightOf(above) - weightOf(below);
            return directories(below, above, hidden);
        }
        const bool whiteout = !above.inode;
        if (whiteout) {
            remove(below);
        } else {
            for (auto& [name, lost] : below.children)
                remove(*lost);
            m_weight -= weightOf(below);
        }
        parent.children.erase(there);
        if (!whiteout) insert(std::move(taken), parent, TreeChange::Kind::Changed);
    }

    /// Moves a name and everything below it into `parent`.
    void insert(Children::node_type taken, Node& parent, TreeChange::Kind kind) {
        Node& top = *taken.mapped();
        top.parent = &parent;
        parent.children.insert(std::move(taken));
        visit(top, [&](Node& node) {
            m_weight += weightOf(node);
            if (m_weight > kMaxWeight) {
                throw Error(ErrorCode::Image,
                            fmt::format("the names and attributes of the image need more than {} "
                                        "bytes",
                                        kMaxWeight));
            }
            auto& inode = *node.inode;
            const auto bytes = inode.home == nullptr ? inode.attributes.size : 0;
            inode.home = &node;
            tell({&node == &top ? kind : TreeChange::Kind::Added, {}, 1, bytes}, node);
        });
    }

    void removeOthers(Node& below, const Node& above) {
        std::erase_if(below.children, [&](const auto& item) {
            const auto found = above.children.find(item.first);
            if (found != above.children.end() && found->second->inode) return false;
            remove(*item.second);
            return true;
        });
    }

    /// Reports a removal and releases the inodes. The caller erases the node.
    void remove(Node& top) {
        TreeChange change{TreeChange::Kind::Removed, {}, 0, 0};
        visit(top, [&](Node& node) {
            m_weight -= weightOf(node);
            ++change.names;
            // A file that has other names is not lost.
            if (node.inode.use_count() == 1) change.bytes += node.inode->attributes.size;
            node.inode.reset();
        });
        tell(std::move(change), top);
    }

    void tell(TreeChange change, const Node& node) {
        if (!m_onChange) return;
        change.path = node.path();
        m_onChange(change);
    }

    std::uint64_t& m_weight;
    const OnTreeChange& m_onChange;
};

FlatTree::FlatTree(FileSpool* spool, const CancelToken* cancel, const FlatTree* lower)
    : m_spool(spool), m_cancel(cancel), m_lower(lower), m_root(std::make_unique<Node>()) {
    m_root->inode = std::make_shared<Inode>();
    m_root->inode->attributes.type = EntryType::Directory;
    m_root->inode->attributes.mode = 0755;
}

tar::TarEnd FlatTree::add(Source& tar, const OnTreeChange& onChange, const EditEntry& edit) {
    LayerTree tree(LayerTree::Purpose::Layer);
    const auto end = readEntries(tar, tree, edit);
    tree.finish([this](const std::string& path) -> std::optional<LowerEntry> {
        auto there = entry(path);
        if (!there && m_lower != nullptr) there = m_lower->entry(path);
        if (!there) return std::nullopt;
        return LowerEntry{*there, 0};
    });
    // Before the merge, which may hide or replace the lower files.
    findLowerData(tree);
    const auto above = tree.release();
    Merge(m_weight, onChange).directories(*m_root, *above, false);
    return end;
}

tar::TarEnd FlatTree::readEntries(Source& tar, LayerTree& tree, const EditEntry& edit) {
    tar::ForeignTar foreign(tar);
    while (const auto* entry = foreign.next()) {
        if (m_cancel != nullptr) m_cancel->check();
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
    for (auto bytes = file.data(); !bytes.empty(); bytes = file.data())
        m_digestsOnly ? hash.write(bytes) : m_spool->append(bytes);
    if (m_digestsOnly) m_spool->append(hash.finish().hex());
}

Digest FlatTree::digestOf(const Inode& inode) const {
    if (inode.attributes.size == 0) return sha256(std::string_view());
    StringSink hex;
    m_spool->copy(inode.spooledAt, kHexDigest, hex);
    return Digest::fromHex(hex.bytes());
}

void FlatTree::findLowerData(LayerTree& tree) const {
    tree.visit([this](Node& node) {
        if (!node.inode || !node.inode->lowerData) return;
        const auto& path = node.inode->lowerData->path;
        const auto* there = find(path);
        if (there == nullptr) {
            throw Error(ErrorCode::Image,
                        fmt::format("{} is a hard link to a file of another layer", quote(node.path())));
        }
        node.inode->spooledAt = there->inode->spooledAt;
        node.inode->lowerData.reset();
    });
}

const Node* FlatTree::find(const std::string& path) const {
    const auto* node = m_root.get();
    for (const auto name : tar::entryPath(path)) {
        const auto found = node->children.find(name);
        if (found == node->children.end()) return nullptr;
        node = found->second.get();
    }
    return node;
}

Entry FlatTree::named(const Node& node) {
    Entry entry = node.inode->attributes;
    entry.path = node.path();
    if (node.inode->home == nullptr) return entry;
    entry.type = EntryType::HardLink;
    entry.linkTarget = node.inode->home->path();
    entry.size = 0;
    entry.devMajor = 0;
    entry.devMinor = 0;
    return entry;
}

void FlatTree::forgetHomes() const {
    visit(*m_root, [](Node& node) { node.inode->home = nullptr; });
}

std::optional<Entry> FlatTree::entry(const std::string& path) const {
    const auto* node = find(path);
    if (node == nullptr) return std::nullopt;
    return node->inode->attributes;
}

TreeExtent FlatTree::extent() const {
    forgetHomes();
    visit(*m_root, [](Node& node) {
        if (node.inode->home == nullptr) node.inode->home = &node;
    });
    TreeExtent extent;
    addExtent(*m_root, extent);
    return extent;
}

std::uint64_t FlatTree::write(Sink& out) {
    if (m_spool == nullptr || m_digestsOnly)
        throw Error(ErrorCode::Internal, "a tree without data cannot be written");
    layer::TarWriter tar(out);
    FunctionSink data([&](std::string_view bytes) { tar.data(bytes); });
    forgetHomes();
    layer::InheritedAcls acls(layer::hasDefaultAcl(m_root->inode->attributes));
    visit(*m_root, [&](Node& node) {
        if (&node == m_root.get()) return;
        if (m_cancel != nullptr) m_cancel->check();
        auto& inode = *node.inode;
        const bool first = inode.home == nullptr;
        auto entry = named(node);
        // A file's hard links must have the same attributes (T8).
        if (acls.complete(entry) && first) inode.attributes.xattrs = entry.xattrs;
        tar.add(entry);
        if (!first) return;
        inode.home = &node;
        if (inode.attributes.type == EntryType::File)
            m_spool->copy(inode.spooledAt, inode.attributes.size, data);
    });
    tar.finish();
    return tar.entries();
}

} // namespace rootlayer::store

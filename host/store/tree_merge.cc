#include "store/tree_merge.hh"

#include <cstdint>
#include <utility>

#include "store/node_memory.hh"
#include "store/tree_visit.hh"

namespace rootlayer::store {

namespace {

std::uint64_t memoryOf(const Node& node) {
    return memoryOfName(node.name) + memoryOf(*node.inode);
}

/// Ignores the time: it changes whenever a name in the directory changes.
bool sameDirectory(const layer::Entry& one, const layer::Entry& other) {
    auto same = one;
    same.mtime = other.mtime;
    return same == other;
}

} // namespace

/// Merges two directories. `hidden`: the layer hides all names of `below` that it does not have itself.
void TreeMerge::directories(Node& below, Node& above, bool hidden) {
    hidden = hidden || above.opaque;
    if (hidden) removeOthers(below, above);
    below.inode = std::move(above.inode);
    while (!above.children.empty()) {
        if (m_cancel != nullptr) m_cancel->check();
        auto taken = above.children.extract(above.children.begin());
        const PathStep step(m_path, taken.key());
        const auto there = below.children.find(taken.key());
        if (there != below.children.end()) {
            meet(there, std::move(taken), below, hidden);
        } else if (taken.mapped()->inode) {
            insert(std::move(taken), below, TreeChange::Kind::Added);
        }
    }
}

/// Merges a name that exists in both trees.
void TreeMerge::meet(Children::iterator there, Children::node_type taken, Node& parent, bool hidden) {
    Node& below = *there->second;
    Node& above = *taken.mapped();
    if (above.inode && above.isDirectory() && below.isDirectory()) {
        if (!sameDirectory(above.inode->attributes, below.inode->attributes))
            tell({TreeChange::Kind::Changed, {}, 1, 0}, m_path);
        m_budget.giveBackMemory(memoryOf(below));
        m_budget.takeMemory(memoryOf(above));
        return directories(below, above, hidden);
    }
    const bool whiteout = !above.inode;
    if (whiteout) {
        remove(below);
    } else {
        for (auto& [name, lost] : below.children) {
            const PathStep step(m_path, name);
            remove(*lost);
        }
        giveBack(below);
    }
    parent.children.erase(there);
    if (!whiteout) insert(std::move(taken), parent, TreeChange::Kind::Changed);
}

/// Moves a name and everything below it into `parent`.
void TreeMerge::insert(Children::node_type taken, Node& parent, TreeChange::Kind kind) {
    Node& top = *taken.mapped();
    top.parent = &parent;
    parent.children.insert(std::move(taken));
    visitTree(top, m_path, m_cancel, [&](Node& node, const std::string& path) {
        take(node);
        auto& inode = *node.inode;
        const auto bytes = inode.home == nullptr ? inode.attributes.size : 0;
        inode.home = &node;
        tell({&node == &top ? kind : TreeChange::Kind::Added, {}, 1, bytes}, path);
    });
}

void TreeMerge::removeOthers(Node& below, const Node& above) {
    std::erase_if(below.children, [&](const auto& item) {
        const auto found = above.children.find(item.first);
        if (found != above.children.end() && found->second->inode) return false;
        const PathStep step(m_path, item.first);
        remove(*item.second);
        return true;
    });
}

/// Reports a removal and releases the inodes. The caller erases the node.
void TreeMerge::remove(Node& top) {
    TreeChange change{TreeChange::Kind::Removed, {}, 0, 0};
    visitTree(top, m_path, m_cancel, [&](Node& node, const std::string&) {
        giveBack(node);
        ++change.names;
        // A file that has other names is not lost.
        if (node.inode.use_count() == 1) change.bytes += node.inode->attributes.size;
        node.inode.reset();
    });
    tell(std::move(change), m_path);
}

void TreeMerge::take(const Node& node) {
    m_budget.takeMemory(memoryOf(node));
    m_budget.takePath(node.pathSize);
}

void TreeMerge::giveBack(const Node& node) {
    m_budget.giveBackMemory(memoryOf(node));
    m_budget.giveBackPath(node.pathSize);
}

void TreeMerge::tell(TreeChange change, const std::string& path) {
    if (!m_onChange) return;
    change.path = path;
    m_onChange(change);
}

} // namespace rootlayer::store

#include "store/tree_cursor.hh"

namespace rootlayer::store {

TreeCursor::TreeCursor(const FlatTree& tree) : m_tree(tree) {
    tree.forgetHomes();
    enter(*tree.m_root);
}

std::optional<layer::DigestedEntry> TreeCursor::next() {
    while (!m_levels.empty() && m_levels.back().at == m_levels.back().end)
        m_levels.pop_back();
    if (m_levels.empty()) return std::nullopt;
    m_path.resize(m_levels.back().pathSize);
    const Node& node = *(m_levels.back().at++)->second;
    if (!m_path.empty()) m_path += '/';
    m_path += node.name;
    enter(node);
    auto& inode = *node.inode;
    layer::DigestedEntry entry{FlatTree::named(node, m_path), {}};
    if (inode.home != nullptr) return entry;
    inode.home = &node;
    if (entry.entry.type == layer::EntryType::File) entry.content = m_tree.digestOf(inode);
    return entry;
}

} // namespace rootlayer::store

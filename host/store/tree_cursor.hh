#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layer/layer_reader.hh"
#include "store/flat_tree.hh"

namespace rootlayer::store {

/// Iterates over a tree that keeps digests (FlatTree::keepDigests), in the order and form of a canonical
/// layer: without the root, a file's later names as hard links to the first.
class TreeCursor final {
  public:
    /// The tree must outlive the cursor and not change meanwhile. Only one cursor at a time.
    explicit TreeCursor(const FlatTree& tree);

    /// nullopt at the end.
    std::optional<layer::DigestedEntry> next();

  private:
    using Children = decltype(Node::children);
    struct Level {
        Children::const_iterator at;
        Children::const_iterator end;
        std::size_t pathSize; ///< of the directory
    };
    void enter(const Node& node) {
        m_levels.push_back({node.children.begin(), node.children.end(), m_path.size()});
    }

    const FlatTree& m_tree;
    std::vector<Level> m_levels; ///< from the root to the directory whose names come next
    std::string m_path;          ///< of the last entry
};

} // namespace rootlayer::store

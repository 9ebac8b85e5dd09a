#pragma once

#include <optional>
#include <vector>

#include "layer/layer_reader.hh"
#include "store/flat_tree.hh"

namespace rootlayer::store {

/// The names of a tree that keeps digests (FlatTree::keepDigests), one after another as a canonical layer has
/// them: without the root, a file's later names as hard links to the first.
class TreeCursor final {
  public:
    /// The tree must outlive it, and nothing may be added meanwhile. One cursor at a time.
    explicit TreeCursor(const FlatTree& tree);

    /// nullopt after the last.
    std::optional<layer::DigestedEntry> next();

  private:
    using Children = decltype(Node::children);
    struct Level {
        Children::const_iterator at;
        Children::const_iterator end;
    };
    void enter(const Node& node) { m_levels.push_back({node.children.begin(), node.children.end()}); }

    const FlatTree& m_tree;
    std::vector<Level> m_levels; ///< from the root to the directory whose names come next
};

} // namespace rootlayer::store

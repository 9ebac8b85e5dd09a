#pragma once

#include <string_view>

#include "store/node.hh"
#include "store/path_trail.hh"

namespace rootlayer::store {

/// Finds names in a tree by their canonical paths ("usr/bin"; "" is the root), without following links.
class PathFinder final {
  public:
    /// Null if there is no such name. `root` must be the same in each call.
    const Node* find(const Node& root, std::string_view path);
    /// Call when the tree has changed.
    void clear() { m_trail.clear(); }

  private:
    PathTrail<const Node*> m_trail;
};

} // namespace rootlayer::store

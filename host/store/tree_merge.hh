#pragma once

#include <string>

#include <rootlayer/cancel.hh>

#include "store/flat_tree.hh"
#include "store/node.hh"
#include "store/tree_limits.hh"

namespace rootlayer::store {

/// Merges the tree of one layer into the tree of the layers below it.
class TreeMerge final {
  public:
    /// `budget` is that of the merged tree. `cancel` may be null.
    TreeMerge(TreeBudget& budget, const OnTreeChange& onChange, const CancelToken* cancel)
        : m_budget(budget), m_onChange(onChange), m_cancel(cancel) {}

    /// Merges two roots. Takes the nodes of `above`.
    void roots(Node& below, Node& above) { directories(below, above, false); }

  private:
    using Children = decltype(Node::children);

    void directories(Node& below, Node& above, bool hidden);
    void meet(Children::iterator there, Children::node_type taken, Node& parent, bool hidden);
    void insert(Children::node_type taken, Node& parent, TreeChange::Kind kind);
    void removeOthers(Node& below, const Node& above);
    void remove(Node& top);
    void take(const Node& node);
    void giveBack(const Node& node);
    void tell(TreeChange change, const std::string& path);

    TreeBudget& m_budget;
    const OnTreeChange& m_onChange;
    const CancelToken* m_cancel;
    std::string m_path; ///< of the name that is being merged
};

} // namespace rootlayer::store

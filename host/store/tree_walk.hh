#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/node.hh"

namespace rootlayer::store {

/// Where a path leads.
struct Place {
    Node* node = nullptr;                  ///< the last existing node
    std::vector<std::string_view> missing; ///< names below it that do not exist; valid until the tree changes
    bool blocked = false;                  ///< `node` is not a directory, so nothing can be below it
    bool followed = false;                 ///< symbolic links were followed

    std::string path() const;
};

/// Resolves paths in a layer's own tree as the kernel would if the tree were its root: symbolic links on the
/// way are followed, at most 40, and neither absolute ones nor ".." leave the root. Links of lower layers are
/// not followed: docker, podman and containerd unpack each layer into its own directory and do not see them
/// either (rules B10, B18).
class TreeWalk final {
  public:
    explicit TreeWalk(Node& root) : m_root(root) {}

    /// Call for each entry. Following links may take 64 steps for each entry on average.
    void allowEntry() { m_steps += 64; }

    /// `names` are without "." and "..". If the last name is a link, it is followed only if `followLast`.
    /// Throws Error{Image} for a loop, and if the links of the layer take too many steps.
    Place find(const std::vector<std::string_view>& names, bool followLast = false);

    /// Throws Error{Image} if the path of `place` plus `more` bytes is too long for a layer, as it can be
    /// after links were followed.
    void requireFit(const Place& place, std::size_t more = 0);

    /// Call before a node turns from a directory into something else.
    void forget(const Node& node);

  private:
    std::size_t takeTrail(const std::vector<std::string_view>& names);
    void spend(std::uint64_t steps);
    void push(std::string_view target);

    Node& m_root;
    std::uint64_t m_steps = 1'000'000;    ///< remaining steps
    std::vector<std::string_view> m_todo; ///< remaining names, the next one last
    /// The directories of the path that was found last, from the root, as far as no link was followed. The
    /// next path mostly shares them and is looked up from there.
    std::vector<Node*> m_trail;
};

} // namespace rootlayer::store

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/layer_tree.hh"

namespace rootlayer::store {

/// Where a name of an entry leads.
struct Place {
    Node* node = nullptr;                  ///< what is there already
    std::vector<std::string_view> missing; ///< below it, in order; valid until the tree changes
    bool blocked = false;                  ///< `node` is no directory, and something is missing below it
    bool followed = false;                 ///< symbolic links led there

    std::string path() const;
};

/// Finds names in a layer's own tree as the kernel would if that were its root: symbolic links on the way are
/// followed, absolute ones and ".." never out of the root, 40 at the most. docker, podman and containerd
/// write a layer into a directory of its own, where the links of lower layers are not to be seen either
/// (rules B10, B18).
class TreeWalk final {
  public:
    explicit TreeWalk(Node& root) : m_root(root) {}

    /// Of one entry more: links may take 64 steps an entry in the mean, whatever their targets are.
    void allowEntry() { m_steps += 64; }

    /// `names`: without "." and "..". The last one is not followed unless that is wanted. Throws Error{Image}
    /// for a loop, and when the links of the layer take too many steps.
    Place find(const std::vector<std::string_view>& names, bool followLast = false);

    /// Throws Error{Image} when a path that links have led to, and `more` bytes, are too long for a layer.
    void requireFit(const Node& node, std::size_t more = 0);

  private:
    void spend(std::uint64_t steps);
    void push(std::string_view target);

    Node& m_root;
    std::uint64_t m_steps = 1'000'000;    ///< that may still be taken
    std::vector<std::string_view> m_todo; ///< the next name last
};

} // namespace rootlayer::store

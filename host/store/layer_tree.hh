#pragma once

// LayerTree: the tree that one layer of an image describes.
//
// A layer is a tar, and its entries say how to change the layers below: add or replace a name, or remove
// one with a whiteout. Anybody may have written it. Names can occur twice, a directory's opaque marker
// can come after its contents, parents can be missing or be symlinks, a hard link can come before its
// target or point into a lower layer. docker, podman and containerd get the result by unpacking one entry
// after the other. rootlayer unpacks nothing on the host, so it computes the same result in memory.
//
// An example, with a base that has etc/a and etc/b:
//
//     etc/new         a file; etc has no entry
//     etc/.wh.a       removes etc/a
//     link -> etc/b   a hard link to a file of the base
//
// The tree then has etc with the base's mode and owner, etc/new, a whiteout etc/a, and link, which shares
// an Inode that refers to the data of etc/b in its lower layer.
//
// A Node is a name and an Inode is what it stands for; hard links share an Inode. The work has two parts,
// because the meaning of an entry can depend on later ones:
//
//   * add() takes the entries in the order of the tar. A later entry replaces an earlier one with the same
//     name, and directories merge. Whiteouts and opaque markers only set a flag. A hard link to a name that
//     is not there yet keeps the name of its target.
//   * finish() resolves what was left open. Hard links find their target in this layer, else in a lower
//     one. A directory with a whiteout becomes opaque. A directory without an entry gets its attributes
//     from the lower layers. Whiteouts that hide nothing are dropped.
//
// So the order of the entries does not matter, except that the last entry with a name wins. The rules are
// those of section B in docs/rules.md; the form of the result is overlayfs's (overlayfs.rst).
//
// Rejected: applying each entry at once, as an unpacking tool does. A marker that comes late would then
// also remove what its own layer has put into the directory, and a link that comes before its target
// would be an error.
//
// Only names and attributes are kept. Their memory and the sum of their paths are bounded (tree_limits.hh).
// The caller handles the data (Inode::dataEntry).
//
// The time for an entry does not depend on its depth: a lookup starts from the deepest directory that it
// shares with the one before (TreeWalk), and a walk over the whole tree carries the path along.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/cancel.hh>

#include "layer/entry.hh"
#include "store/node.hh"
#include "store/tree_limits.hh"

namespace rootlayer::store {

class TreeWalk;
struct Place;

/// What the merged lower layers have at a path.
struct LowerEntry {
    layer::Entry attributes;
    std::size_t layer = 0; ///< 0 is the bottom
};
using LowerLookup = std::function<std::optional<LowerEntry>(const std::string& path)>;

/// The tree of one layer as overlayfs represents it. Every fault of the layer is Error{Image}.
class LayerTree final {
  public:
    /// Where the attributes go: a squashfs and a layer can hold different ones (T5, T7).
    enum class Purpose { Squashfs, Layer };
    /// `cancel` may be null. `memory` is the most that the tree may take.
    explicit LayerTree(Purpose purpose = Purpose::Squashfs, const CancelToken* cancel = nullptr,
                       std::uint64_t memory = kMaxTreeMemory);
    ~LayerTree();

    /// Adds the next entry, whose number in the tar is `number`. Returns its node, valid until the next call;
    /// nullptr for a whiteout, a hard link and an ignored entry.
    const Node* add(std::uint64_t number, const layer::Entry& entry);

    /// Call after the last entry. Resolves hard links, gives directories without an entry their attributes
    /// from the lower layers (0755 and root's if there are none), and drops whiteouts that hide nothing.
    void finish(const LowerLookup& lower);

    const Node& root() const { return *m_root; }
    /// Moves the root out, for merging; the tree must not be used afterwards.
    std::unique_ptr<Node> release() { return std::move(m_root); }
    /// A later entry replaced a file with data or a directory with children, so data that was written under
    /// the entry's name while the tar was read may be misplaced.
    bool conflicted() const { return m_conflicted; }
    /// finish() looked something up in the lower layers, so the result is valid only on top of them.
    bool dependsOnLower() const { return m_dependsOnLower; }

    /// Calls `visitor` for every node, a directory before its children, siblings in bytewise order. Looks at
    /// the token before each.
    void visit(const std::function<void(Node&, const std::string& path)>& visitor);

    /// Counts memory that the caller needs for the tree.
    void takeMemory(std::uint64_t bytes) { m_budget.takeMemory(bytes); }

  private:
    Node& descend(const std::vector<std::string_view>& names);
    Node& parentOf(const std::vector<std::string_view>& names, std::string_view name);
    Node& made(const Place& place, std::size_t more);
    Node& child(Node& parent, std::string_view name);
    bool takeMarker(const std::vector<std::string_view>& components);
    const Node* place(Node& node, std::uint64_t number, const layer::Entry& entry);
    void placeLink(Node& node, const layer::Entry& entry);
    void clear(Node& node);
    void look() const {
        if (m_cancel != nullptr) m_cancel->check();
    }

    struct Finisher;

    std::unique_ptr<Node> m_root;
    std::unique_ptr<TreeWalk> m_walk;
    Purpose m_purpose;
    const CancelToken* m_cancel;
    /// Nothing is given back, so that entries that are replaced again and again count as well.
    TreeBudget m_budget;
    std::uint64_t m_nextId = 1;
    bool m_conflicted = false;
    bool m_dependsOnLower = false;
};

} // namespace rootlayer::store

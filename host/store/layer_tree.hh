#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layer/entry.hh"

namespace rootlayer::store {

struct Node;
class TreeWalk;
struct Place;

/// A file of a lower layer.
struct LowerFile {
    std::size_t layer = 0; ///< counted from the bottom, 0
    std::string path;
};

/// What a name in a layer stands for; hard links share one. There may be millions of them, so what few have
/// is apart.
struct Inode {
    layer::Entry attributes;     ///< without the path
    std::uint64_t dataEntry = 0; ///< the number of the entry that has the data of a file that is not empty
    std::uint64_t placedAt = 0;  ///< the Node::id of the name that the entry had
    std::uint64_t spooledAt = 0; ///< where FlatTree has put the data
    std::unique_ptr<LowerFile> lowerData; ///< where the data is, when it is not in this layer
    const Node* home = nullptr;           ///< the one of its names that is no hard link in the new layer
};

/// A name in a layer.
struct Node {
    std::uint64_t id = 0;
    Node* parent = nullptr;
    std::string_view name;                    ///< its key in the parent's children
    std::shared_ptr<Inode> inode;             ///< none: a directory that has no entry, a whiteout, or a link
    std::unique_ptr<std::string> pendingLink; ///< a hard link whose target was not there yet
    bool implied = false;                     ///< something is below it
    bool whiteout = false;
    bool opaque = false;
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;

    bool isDirectory() const;
    std::string path() const; ///< "" for the root
};

/// What the lower layers, merged, have at a path.
struct LowerEntry {
    layer::Entry attributes;
    std::size_t layer = 0; ///< counted from the bottom, 0
};
using LowerLookup = std::function<std::optional<LowerEntry>(const std::string& path)>;

/// The tree that the entries of one layer make, in the form in which overlayfs has it (overlayfs.rst; rules
/// B1 to B20): whatever the order of the entries, the same tree. Every fault is Error{Image}.
class LayerTree final {
  public:
    /// What the attributes are for: a squashfs and a layer can hold different ones (T5, T7).
    enum class Purpose { Squashfs, Layer };
    explicit LayerTree(Purpose purpose = Purpose::Squashfs);
    ~LayerTree();

    /// Takes the next entry; `number` is its place in the tar. Returns the name that it got, valid until the
    /// next call; nullptr for a whiteout, a hard link, and what is ignored.
    const Node* add(std::uint64_t number, const layer::Entry& entry);

    /// After the last entry: resolves hard links, gives directories without an entry the attributes that they
    /// have below (0755 root if they have none), and drops whiteouts that hide nothing.
    void finish(const LowerLookup& lower);

    const Node& root() const { return *m_root; }
    /// The root, for whoever puts the tree on another one; what is left is of no use.
    std::unique_ptr<Node> release() { return std::move(m_root); }
    /// A later entry took the name of one with data: the data cannot be placed while the tar is read first.
    bool conflicted() const { return m_conflicted; }
    /// The result is not this layer's alone: something was looked up in the lower ones.
    bool dependsOnLower() const { return m_dependsOnLower; }

    /// Calls it for every name, a directory before what it holds, siblings in bytewise order.
    void visit(const std::function<void(Node&)>& visitor);

  private:
    Node& descend(const std::vector<std::string_view>& names);
    Node& parentOf(const std::vector<std::string_view>& names, std::string_view name);
    Node& made(const Place& place, std::size_t more);
    Node& child(Node& parent, std::string_view name);
    bool takeMarker(const std::vector<std::string_view>& components);
    const Node* place(Node& node, std::uint64_t number, const layer::Entry& entry);
    void placeLink(Node& node, const layer::Entry& entry);
    void clear(Node& node);
    void charge(std::size_t bytes);

    struct Finisher;

    std::unique_ptr<Node> m_root;
    std::unique_ptr<TreeWalk> m_walk;
    Purpose m_purpose;
    std::uint64_t m_nextId = 1;
    std::uint64_t m_charged = 0;
    bool m_conflicted = false;
    bool m_dependsOnLower = false;
};

} // namespace rootlayer::store

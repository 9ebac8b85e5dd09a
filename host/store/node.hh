#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::store {

struct Node;

/// A file of a lower layer.
struct LowerFile {
    std::size_t layer = 0; ///< 0 is the bottom
    std::string path;
};

/// What a name stands for; hard links share one. There may be millions, so rare members are allocated
/// separately.
struct Inode {
    layer::Entry attributes;              ///< without the path
    std::uint64_t dataEntry = 0;          ///< number of the entry with the file's data; 0 if it has none
    std::uint64_t placedAt = 0;           ///< Node::id of the name of that entry
    std::uint64_t spooledAt = 0;          ///< offset in FlatTree's spool, or kOutside and a number
    std::unique_ptr<LowerFile> lowerData; ///< set if the data is in a lower layer
    const Node* home = nullptr;           ///< the name that is written as a file, not as a hard link
};

/// A name in a layer.
struct Node {
    std::uint64_t id = 0;
    Node* parent = nullptr;
    std::string_view name;                    ///< its key in the parent's children
    std::shared_ptr<Inode> inode;             ///< null: a directory without an entry, a whiteout, or a link
    std::unique_ptr<std::string> pendingLink; ///< target of a hard link that is not resolved yet
    std::uint32_t depth = 0;                  ///< components of its path
    std::uint32_t pathSize = 0;               ///< bytes of its path
    bool implied = false;                     ///< a directory because something is below it
    bool whiteout = false;
    bool opaque = false;
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;

    bool isDirectory() const;
    /// "" for the root. Walks up to the root: who visits a whole tree carries the path along instead.
    std::string path() const;
};

/// The size of the path of a name in `parent`.
std::size_t pathSizeBelow(const Node& parent, std::string_view name);

} // namespace rootlayer::store

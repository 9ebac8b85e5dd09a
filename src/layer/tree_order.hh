#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "layer/entry.hh"
#include "layer/keyed_hash.hh"

// A layer must be a tree in canonical order. Every entry's parent has an entry of its own before it and is a
// directory; no path occurs twice; no name is both removed and present; a hard link's target comes first.
// These two classes check this while the layer is read.
//
// The problem is memory. The layer comes from the guest, which is not trusted. It may have ten million
// entries, each with a path of 4095 bytes, so the paths cannot be kept.
//
//     a          directory
//     a/.wh.x    removes a/x
//     a/b        directory
//     a/b/c
//     a-b        the next sibling of a
//
// The order is depth first (order.hh): all entries below a directory directly follow the directory's own. So
// one path, the previous one, is enough for most checks:
//
// - Each path must be greater than the previous one. Then no path can occur twice.
// - The parent of the next entry must be the previous entry or one of its ancestors. After "a/b/c" it can be
//   "a/b", "a" or the root. "q/r" is refused: if "q" were in the layer, the previous path would be "q" or
//   below it. The ancestors were checked to be directories when the entries below them came.
//
// Two checks need more. A whiteout and the name that it removes are not neighbours, since the whiteouts of a
// directory come before all other names; and the target of a hard link may be any earlier entry. For these a
// set of 64-bit hashes is kept, 11 to 22 bytes each: of the removed paths, and of path and metadata of each
// possible target. The hash has a random key, so an attacker cannot make two names collide; by accident they
// do with a probability of 2^-64.
//
// Rejected: a set of all paths, which takes gigabytes for a hostile layer; a hash without a key, for which an
// attacker can compute collisions; and plain bytewise order, in which "a-b" comes between "a" and "a/b", so
// that the previous path is not enough.
namespace rootlayer::layer {

/// Checks the order of one layer's entries. Keeps the previous path and a hash for every whiteout.
class TreeOrder final {
  public:
    /// Throws Error{Layer} if the entry is a duplicate or out of order, if its parent has no entry or is not
    /// a directory, or if this layer has a whiteout of its name. The entry must have passed checkEntry().
    void next(const Entry& entry);

  private:
    void checkFollows(std::string_view path) const;
    void checkParent(std::string_view parent) const;
    void checkWhiteouts(const Entry& entry);

    std::string m_previous; ///< empty before the first entry
    bool m_previousIsDirectory = false;
    KeyedHash m_hash;
    HashSet m_removed;
};

/// Checks the targets of hard links. Keeps 11 to 22 bytes per possible target.
class LinkTargets final {
  public:
    /// To be called for every entry, in order. Throws Error{Layer} for a hard link whose target is not an
    /// earlier file, symlink, device or fifo with the same mode, owner, time and extended attributes.
    void next(const Entry& entry);

  private:
    std::uint64_t identity(std::string_view path, const Entry& metadata);

    KeyedHash m_hash;
    HashSet m_targets;
    std::string m_scratch;
};

} // namespace rootlayer::layer

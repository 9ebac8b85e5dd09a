#pragma once

#include <string>
#include <string_view>

#include "layer/entry.hh"
#include "layer/keyed_hash.hh"

namespace rootlayer::layer {

/// Follows the entries of one layer and refuses what cannot come next. Because the order is depth first, the
/// previous path is all it must remember, and a hash for every whiteout.
class TreeOrder final {
  public:
    /// Throws Error{Layer} when the entry is a duplicate or out of order, when its parent has no entry or is
    /// no directory, or when its name was whited out in this layer. Expects a checkEntry()'d entry.
    void next(const Entry& entry);

  private:
    void checkFollows(std::string_view path) const;
    void checkParent(std::string_view parent) const;
    void checkWhiteouts(const Entry& entry);

    std::string m_previous; ///< empty before the first
    bool m_previousIsDirectory = false;
    KeyedHash m_hash;
    HashSet m_removed;
};

/// Remembers what later hard links may name: 11 to 22 bytes an entry.
class LinkTargets final {
  public:
    /// Every entry, in order. Throws Error{Layer} for a hard link whose target is no earlier file, symlink,
    /// device or fifo with the same mode, owner, time and extended attributes.
    void next(const Entry& entry);

  private:
    std::uint64_t identity(std::string_view path, const Entry& metadata);

    KeyedHash m_hash;
    HashSet m_targets;
    std::string m_scratch;
};

} // namespace rootlayer::layer

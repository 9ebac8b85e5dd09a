#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"
#include "layer/entry.hh"
#include "store/layer_tree.hh"

namespace rootlayer::store {

/// What a converted layer has at a path.
struct IndexEntry {
    layer::Entry attributes; ///< without the path; a hard link has those of its target
    bool whiteout = false;
    bool opaque = false;
};

/// Writes the index of a finished tree: every name with its attributes, sorted, so that the conversion of the
/// layers above can look up a name without reading the layer.
void writeLayerIndex(LayerTree& tree, const std::string& path);

/// Looks names up in an index by binary search, without loading it.
class LayerIndex final {
  public:
    /// Throws Error{Internal} if this version's writeLayerIndex() did not write the file.
    explicit LayerIndex(const std::string& path);

    /// "" is the root.
    std::optional<IndexEntry> find(std::string_view path) const;

  private:
    std::string recordAt(std::uint64_t number) const;
    std::string readAt(std::uint64_t offset, std::size_t size) const;

    UniqueFd m_fd;
    std::uint64_t m_size = 0;
    std::uint64_t m_count = 0;
    std::uint64_t m_table = 0; ///< offset of the table of records
};

} // namespace rootlayer::store

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/unique_fd.hh"
#include "layer/entry.hh"
#include "store/layer_tree.hh"

namespace rootlayer::store {

/// A name in a converted layer.
struct IndexName {
    std::uint64_t number = 0;
    bool whiteout = false;
    bool opaque = false;
    bool directory = false;
    std::uint64_t firstBelow = 0; ///< number of the first name in the directory
    std::uint64_t below = 0;      ///< how many it has
};

/// Writes the index of a finished tree: every name with its attributes, so that the conversion of the layers
/// above can look up a name without reading the layer. `cancel` may be null.
void writeLayerIndex(const LayerTree& tree, const std::string& path, const CancelToken* cancel);

/// Looks names up in an index, directory by directory, without loading it.
class LayerIndex final {
  public:
    /// Throws Error{Internal} if this version's writeLayerIndex() did not write the file.
    explicit LayerIndex(const std::string& path);

    IndexName root() const;
    /// A name in a directory, by binary search.
    std::optional<IndexName> find(const IndexName& directory, std::string_view name) const;
    /// The attributes of a name, without the path; a hard link has those of its target.
    layer::Entry attributes(std::uint64_t number) const;

  private:
    std::string headAt(std::uint64_t number) const;
    std::pair<std::uint64_t, std::uint64_t> boundsOf(std::uint64_t number) const;
    std::string readAt(std::uint64_t offset, std::size_t size) const;

    UniqueFd m_fd;
    std::uint64_t m_size = 0;
    std::uint64_t m_count = 0;
    std::uint64_t m_table = 0; ///< offset of the table of records
};

} // namespace rootlayer::store

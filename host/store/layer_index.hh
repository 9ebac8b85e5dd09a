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
    layer::Entry attributes; ///< the path is empty; hard links are what they link to
    bool whiteout = false;
    bool opaque = false;
};

/// Writes the index of a finished tree: every name with its attributes, sorted, so that layers above can ask
/// for one without reading the layer.
void writeLayerIndex(LayerTree& tree, const std::string& path);

/// Reads such an index, a few pages for each question.
class LayerIndex final {
  public:
    /// Throws Error{Internal} for what writeLayerIndex() of this version did not write.
    explicit LayerIndex(const std::string& path);

    /// "" is the root.
    std::optional<IndexEntry> find(std::string_view path) const;

  private:
    std::string recordAt(std::uint64_t number) const;
    std::string readAt(std::uint64_t offset, std::size_t size) const;

    UniqueFd m_fd;
    std::uint64_t m_size = 0;
    std::uint64_t m_count = 0;
    std::uint64_t m_table = 0; ///< where the offsets begin
};

} // namespace rootlayer::store

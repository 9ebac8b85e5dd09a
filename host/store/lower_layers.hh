#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "store/layer_tree.hh"

namespace rootlayer::store {

/// The files of a converted layer.
struct ConvertedLayer {
    std::string disk;  ///< path
    std::string index; ///< path
};

/// The layers below the one that is being converted, merged as overlayfs does it.
class LowerLayers final {
  public:
    /// Bottom first. A layer is opened when it is first needed.
    explicit LowerLayers(std::vector<ConvertedLayer> layers);
    ~LowerLayers();

    /// `path` is canonical. Paths that share directories are found fastest one after the other.
    std::optional<LowerEntry> find(const std::string& path) const;
    /// Writes the content of a file of one of the layers, exactly `size` bytes (Error{Internal} otherwise).
    void copyFile(std::size_t layer, const std::string& path, std::uint64_t size, Sink& out,
                  const CancelToken* cancel) const;

  private:
    struct Step;
    struct Layer;

    Layer& opened(std::size_t layer) const;

    std::vector<ConvertedLayer> m_layers;
    mutable std::vector<std::unique_ptr<Layer>> m_open;
};

} // namespace rootlayer::store

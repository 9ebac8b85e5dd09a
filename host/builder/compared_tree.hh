#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/diff.hh>

#include "layer/layer_reader.hh"
#include "store/tree_cursor.hh"

namespace rootlayer::builder {

/// One side of a comparison: reads a whole layer or image and then returns its entries in layer order.
class ComparedTree final {
  public:
    ComparedTree(const Settings& settings, const CancelToken& cancel);

    /// Call once, first. `which` ("the first") names the side in errors.
    void read(const std::string& layerOrImage, const DiffOptions& options, const char* which);
    /// The next entry; nullopt after the last.
    std::optional<layer::DigestedEntry> next();

  private:
    void readLayer(const std::string& path);
    void readImage(const std::string& reference, const DiffOptions& options);
    /// False for a whiteout, which goes to m_whiteouts, because the tree does not keep it.
    bool take(const layer::Entry& entry);

    const Settings& m_settings;
    const CancelToken& m_cancel;
    store::FileSpool m_digests;
    store::FlatTree m_tree;
    std::optional<store::TreeCursor> m_cursor;
    std::optional<layer::DigestedEntry> m_ahead; ///< next entry of the tree
    std::vector<std::string> m_whiteouts;        ///< in layer order
    std::size_t m_nextWhiteout = 0;
    std::uint64_t m_whiteoutBytes = 0;
};

} // namespace rootlayer::builder

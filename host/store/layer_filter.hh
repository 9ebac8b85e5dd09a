#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "store/layer_tree.hh"
#include "store/lower_layers.hh"
#include "store/unrepresentable_attributes.hh"
#include "tar/tar_end.hh"

namespace rootlayer::store {

class OverlayTar;

/// Turns the tar of a layer into one that tar2sqfs makes the lower directory of an overlay from (rules B1 to
/// B16, attacks A1 to A5), in one pass: data goes on at once, all else is kept in memory and written at the
/// end. A tar that has a name twice needs a second pass, planned by the first.
class LayerFilter final {
  public:
    LayerFilter(const LowerLayers& lower, const CancelToken* cancel) : m_lower(lower), m_cancel(cancel) {}

    /// Reads `source` to its end. True: `out` has the whole tar. False: what it has is of no use, and the
    /// same bytes must be read once more with plan(). Error{Image} names the entry.
    /// `directory`: as for OverlayTar.
    bool run(Source& source, Sink& out, const std::string& directory = {});

    /// After run() was true.
    LayerTree& tree() { return *m_tree; }
    const UnrepresentableAttributes& losses() const { return m_losses; }
    const tar::TarEnd& end() const { return m_end; }

  private:
    void readEntries(Source& source, OverlayTar& tar);
    bool stopped() const;
    std::optional<std::string> placeOf(const Node& node) const;
    void makePlan();
    void findHome(const Node& node) const;
    void emit(const Node& node, OverlayTar& tar);
    void emitFirst(const Node& node, OverlayTar& tar);

    /// Where the data of each entry goes; nowhere (nullopt) when a later one took its last name. By entry
    /// number.
    using Plan = std::map<std::uint64_t, std::optional<std::string>>;

    const LowerLayers& m_lower;
    const CancelToken* m_cancel;
    std::optional<Plan> m_plan; ///< of the second pass
    std::vector<std::uint64_t> m_dataEntries;
    std::unique_ptr<LayerTree> m_tree;
    UnrepresentableAttributes m_losses;
    tar::TarEnd m_end;
};

} // namespace rootlayer::store

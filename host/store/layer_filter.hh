#pragma once

// LayerFilter: from the tar of a layer to the tar that tar2sqfs reads.
//
// Each base layer is converted once into a squashfs that serves as a lower directory of an overlay. The
// tool for that, tar2sqfs, must get a tar in which every name occurs once, hard links follow their targets
// and whiteouts have overlayfs's form. A layer's own tar has none of these guarantees (store/layer_tree.hh).
// It can have many gigabytes of data, and it is compressed, so reading it twice is expensive.
//
// The data is therefore passed on while the tar is read, and everything else afterwards. tar2sqfs accepts
// entries in any order. When an entry with data comes, it is written at once under its own name. Its node,
// and all directories, symlinks, devices, empty files, hard links and whiteouts, go into a LayerTree and
// are written when the tree is finished. Memory grows with the number of names, not with their data.
//
// This fails if a later entry takes a name whose data has been written already:
//
//     1  a          100 bytes
//     2  b          a hard link to a
//     3  a          50 bytes
//
// The first pass has written entry 1 as "a", but now "a" is entry 3 and the 100 bytes are known as "b".
// What a pipe has taken cannot be undone. The pass then only reads the rest, makes a plan that says under
// which name the data of each entry belongs (1: "b", 3: "a"; none for data that has lost all of its names),
// and run() returns false. The caller starts again with the same bytes, and the second pass follows the
// plan. It cannot fail in the same way. Layers with such names are rare.
//
// Rejected: always two passes, which would decompress every layer twice; and collecting the data in a
// temporary file first, which would write it twice.
//
// The rules are those of section B in docs/rules.md, the attacks A1 to A5.

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

/// Turns the tar of a layer into a tar from which tar2sqfs makes a lower directory of an overlay.
class LayerFilter final {
  public:
    LayerFilter(const LowerLayers& lower, const CancelToken* cancel) : m_lower(lower), m_cancel(cancel) {}

    /// Reads `source` to its end. True: `out` got the complete tar. False: discard `out` and call run() again
    /// with the same bytes from their start and a new sink. Throws Error{Image} naming the entry. `directory`
    /// is passed to OverlayTar.
    bool run(Source& source, Sink& out, const std::string& directory = {});

    /// Valid after run() returned true.
    LayerTree& tree() { return *m_tree; }
    const UnrepresentableAttributes& losses() const { return m_losses; }
    const tar::TarEnd& end() const { return m_end; }

  private:
    void readEntries(Source& source, OverlayTar& tar);
    bool stopped() const;
    std::optional<std::string> placeOf(const Node& node) const;
    void makePlan();
    void plan(std::uint64_t number, std::optional<std::string> place);
    void findHome(const Node& node, const std::string& path) const;
    void emit(const Node& node, const std::string& path, OverlayTar& tar);
    void emitFirst(const Node& node, const std::string& path, OverlayTar& tar);
    void look() const {
        if (m_cancel != nullptr) m_cancel->check();
    }

    /// Maps the number of an entry whose name a later entry took to the path of its data; nullopt if it has
    /// lost all of its names.
    using Plan = std::map<std::uint64_t, std::optional<std::string>>;

    const LowerLayers& m_lower;
    const CancelToken* m_cancel;
    std::optional<Plan> m_plan; ///< of the second pass
    std::uint64_t m_planMemory = 0;
    std::vector<std::uint64_t> m_dataEntries;
    std::unique_ptr<LayerTree> m_tree;
    UnrepresentableAttributes m_losses;
    tar::TarEnd m_end;
};

} // namespace rootlayer::store

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// A layer that an image with a closure will have.
struct PlannedLayer {
    /// What the layer is made of.
    enum class Kind {
        Base,     ///< a layer of the base, which stays as it is
        Path,     ///< one path of the closure
        Rest,     ///< the paths of the closure that have no layer of their own
        Contents, ///< BuildSpec::contents
        Script,   ///< what the script changes
    };
    Kind kind = Kind::Path;         ///< what the layer is made of
    std::vector<std::string> paths; ///< of the closure, sorted; empty for the other kinds
    /// Number of chains of references that lead to the path; for the rest the largest of theirs. 0 for the
    /// other kinds. 2^64-1 stands for all larger numbers.
    std::uint64_t popularity = 0;
    std::string diffId; ///< of a layer of the base, "sha256:..."; empty for the others
};

/// The layers of an image, before any of them is made (docs/layered.md).
struct LayerPlan {
    unsigned maxLayers = 0;           ///< the most layers that the image may have
    std::size_t paths = 0;            ///< number of paths in the closure
    std::vector<PlannedLayer> layers; ///< bottom first
};

/// Plans the layers of BuildSpec::closure, above those of the base. Reads the graph and the base's documents,
/// but no layer. Throws what Builder::build() would throw for them.
ROOTLAYER_API LayerPlan planLayers(const BuildSpec& spec, const Settings& settings, Observer& observer,
                                   const CancelToken& cancel = {});

} // namespace rootlayer

#pragma once

#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/layer_plan.hh>

#include "builder/layer_plan.hh"
#include "image/base_image.hh"

namespace rootlayer::builder {

/// Throws Error{Usage} for options about closures and layers that contradict one another.
void requireClosureOptions(const BuildSpec& spec);

/// The closure of a build: its paths, and the layers that they become (docs/layered.md).
class ClosureLayers final {
  public:
    /// Reads the graph. Throws Error{Input} if it is not one, or if a path is missing on the host.
    ClosureLayers(const BuildSpec& spec, CancelToken cancel);

    /// The whole image, above a base. Throws Error{Usage} if --max-layers leaves no layer for the paths.
    LayerPlan plan(const std::vector<image::BaseLayer>& base) const;
    /// Makes a layer of the plan, of the kind Path or Rest. Its files are read for its digest now, and again
    /// each time it is opened; nothing is stored. `base` are the layers below; they say what the directories
    /// above the paths are like. Throws Error{Input} naming what cannot be read, or what is in the way.
    std::vector<image::BaseLayer> layers(const LayerPlan& plan, const std::vector<image::BaseLayer>& base,
                                         Observer& observer) const;
    /// What the image's Nix database is to have; empty without --nix-closure.
    const std::string& registration() const { return m_registration; }
    /// "created_by" of a layer's history.
    static std::string madeBy(const PlannedLayer& layer);

  private:
    const BuildSpec& m_spec;
    CancelToken m_cancel;
    std::string m_root; ///< of the host, without a slash at its end
    std::string m_registration;
    std::vector<ClosurePath> m_closure;
};

} // namespace rootlayer::builder

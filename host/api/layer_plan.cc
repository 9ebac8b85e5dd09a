#include <rootlayer/layer_plan.hh>

#include "builder/closure_layers.hh"
#include "builder/open_base.hh"

namespace rootlayer {

LayerPlan planLayers(const BuildSpec& spec, const Settings& settings, Observer& observer,
                     const CancelToken& cancel) {
    builder::requireClosureOptions(spec);
    const auto base = builder::openBase(spec.run.from,
                                        {.platform = oci::Platform::parse(spec.run.platform),
                                         .tlsVerify = spec.tlsVerify,
                                         .useDigestCache = true,
                                         .cancel = cancel,
                                         .observer = &observer},
                                        settings);
    return builder::ClosureLayers(spec, cancel).plan(base->layers());
}

} // namespace rootlayer

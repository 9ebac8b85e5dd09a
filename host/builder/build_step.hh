#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

#include "base/output_file.hh"
#include "image/base_image.hh"
#include "run/layer_output.hh"
#include "run/phase_clock.hh"
#include "run/run_job.hh"

namespace rootlayer::builder {

/// What the steps of one build share. All is owned by the build.
struct StepContext {
    run::Engine& engine;
    const BuildSpec& spec;
    run::PhaseClock& clock;
    Observer& observer;
    const CancelToken& cancel;
    OutputFile* consoleLog = nullptr; ///< null: the console is not kept
};

/// One step of a build: it makes a layer on the layers below it.
class BuildStep {
  public:
    virtual ~BuildStep() = default;
    /// Writes the layer, finishes the output, and records what it did in the result. False when a script
    /// failed: then there is no layer. `base` has the layers of the steps before.
    virtual bool run(const image::BaseImage& base, run::LayerOutput& layer, BuildResult& result) = 0;
    /// For the image's history, after run().
    virtual std::string madeBy(const BuildResult& result) const = 0;
    /// A note for a layer in which nothing is changed; empty: none.
    virtual std::string noteOfEmptyLayer() const { return {}; }
};

/// The steps of a spec, bottom first: contents, then the script, as far as it has them.
std::vector<std::unique_ptr<BuildStep>> stepsOf(const StepContext& context);

} // namespace rootlayer::builder

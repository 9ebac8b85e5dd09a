#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

#include "base/output_file.hh"
#include "builder/network_files.hh"
#include "image/base_image.hh"
#include "run/layer_output.hh"
#include "run/phase_clock.hh"
#include "run/run_job.hh"

namespace rootlayer::builder {

/// Shared by the steps of one build, which owns all of it.
struct StepContext {
    run::Engine& engine;
    const BuildSpec& spec;
    run::PhaseClock& clock;
    Observer& observer;
    const CancelToken& cancel;
    OutputFile* consoleLog = nullptr; ///< null: the console is not kept
    NetworkFiles* networkFiles = nullptr;
};

/// One step of a build. It makes a layer on top of the layers below it.
class BuildStep {
  public:
    virtual ~BuildStep() = default;
    /// Writes the layer, finishes the output, and records the step in the result. False if a script failed;
    /// there is no layer then. `base` includes the layers of the previous steps.
    virtual bool run(const image::BaseImage& base, run::LayerOutput& layer, BuildResult& result) = 0;
    /// "created_by" of the image's history. Call it after run().
    virtual std::string madeBy(const BuildResult& result) const = 0;
    /// The note for a layer without changes; empty: none.
    virtual std::string noteOfEmptyLayer() const { return {}; }
};

/// Whether a spec has contents: files of the host, presets, or a Nix database.
bool hasContents(const BuildSpec& spec);

/// The steps of a spec, bottom first: contents, if any, then the script, if any.
std::vector<std::unique_ptr<BuildStep>> stepsOf(const StepContext& context);

} // namespace rootlayer::builder

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

#include "base/output_file.hh"
#include "builder/build_step.hh"
#include "builder/image_output.hh"
#include "run/layer_output.hh"
#include "run/run_job.hh"

namespace rootlayer::builder {

/// One build, from the spec to the outputs in place: the base, the script's layer, the config, all outputs or
/// none. A run is a build with a bare layer as its output.
class BuildJob final {
  public:
    BuildJob(run::Engine& engine, const BuildSpec& spec, Observer& observer, const CancelToken& cancel);

    BuildResult run();

  private:
    bool hasScript() const { return m_spec.run.script.exists(); }
    /// Can this host make the machine?
    void checkHost();
    void openBase();
    /// Puts together where the last step's layer goes.
    void openOutputs();
    /// Each step on the layers of those before; false when a script failed.
    bool runSteps();
    /// A step that is not the last: its layer is one of the base of the next.
    bool runBelow(BuildStep& step);
    void makeImage();
    /// The layers of the steps, the last one unless it changed nothing ([W17]), and their history.
    void addNewLayers(oci::ImageConfig& config);
    void addLayer(oci::ImageConfig& config, image::BaseLayer layer, const std::string& madeBy);
    void squash(oci::ImageConfig& config);
    Json history(const std::string& madeBy) const;
    void publish();
    void note(std::string_view text);
    void warn(std::string_view text);

    run::Engine& m_engine;
    BuildSpec m_spec;
    Observer& m_observer;
    const CancelToken& m_cancel;
    run::PhaseClock m_clock;
    run::LayerOutput m_layer;
    ImageOutput m_images;
    std::optional<OutputFile> m_iidFile;
    std::optional<OutputFile> m_provenance;
    std::optional<OutputFile> m_consoleLog;
    BuildResult m_result;

    std::unique_ptr<image::BaseImage> m_base;
    std::vector<std::unique_ptr<BuildStep>> m_steps;
    std::vector<std::string> m_madeBy;      ///< the layers of the steps but the last
    std::vector<image::BaseLayer> m_layers; ///< of the image
    std::size_t m_newLayers = 0;            ///< of them
};

} // namespace rootlayer::builder

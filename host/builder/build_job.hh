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
#include "builder/nix_store.hh"
#include "run/layer_output.hh"
#include "run/run_job.hh"

namespace rootlayer::builder {

/// One build: opens the base, makes the layers and the config, and writes all outputs or none. A run is a
/// build whose output is a layer alone.
class BuildJob final {
  public:
    BuildJob(run::Engine& engine, const BuildSpec& spec, Observer& observer, const CancelToken& cancel);

    BuildResult run();

  private:
    bool hasScript() const { return m_spec.run.hasScripts(); }
    /// Checks that this host can run the machine.
    void checkHost();
    /// Checks that the presets exist, and that their programs are for the image's platform.
    void checkPresets();
    void openBase();
    /// Opens the outputs of the last step's layer.
    void openOutputs();
    /// Makes the layers of the closure, on those of the base.
    void addClosure();
    /// Runs each step on the layers of the previous ones. False if a script failed.
    bool runSteps();
    /// Runs a step that is not the last. Its layer becomes part of the base of the next.
    bool runBelow(BuildStep& step);
    void makeImage();
    /// Adds the layers of the steps and their history. If the last step changed nothing, only its history
    /// (rule W17).
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
    std::optional<NetworkFiles> m_networkFiles;
    std::optional<NixDatabase> m_nixDatabase; ///< a source of contents
    BuildResult m_result;

    std::unique_ptr<image::BaseImage> m_base;
    std::vector<std::unique_ptr<BuildStep>> m_steps;
    std::vector<std::string> m_madeBy;      ///< for the history: of all new layers but the last step's
    std::vector<image::BaseLayer> m_layers; ///< the layers of the image, bottom first
    std::size_t m_newLayers = 0;            ///< how many of m_layers are not the base's
};

} // namespace rootlayer::builder

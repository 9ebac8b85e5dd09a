#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <rootlayer/builder.hh>

#include "build/boot.hh"
#include "build/layer_output.hh"
#include "build/phase_clock.hh"
#include "image/base_image.hh"
#include "images/guest_image.hh"
#include "session/session.hh"
#include "store/layer_store.hh"
#include "vm/run_folder.hh"

namespace rootlayer::build {

/// What the runs of one builder share.
struct Workshop {
    Settings settings;
    StartMachine startMachine;
    const vm::AcceleratorMemory& acceleratorMemory;
    const vm::TemplateStore* templates = nullptr; ///< null: machines are booted
};

/// One run, from the spec to the layer in place (ARCHITECTURE.md, "A run"). Whatever it throws, the machine,
/// the folder and the unfinished output are gone with it.
class RunJob final {
  public:
    RunJob(Workshop& workshop, const RunSpec& spec, Observer& observer, const CancelToken& cancel);

    RunResult run();

  private:
    void openBase();
    void prepareGuestImage();
    void convertLayers();
    void boot();
    TemplateUse templateUse(const std::string& key) const;
    void assemble();
    bool runScript();
    void packLayer();
    void publish();
    void stop();
    /// Copies the guest's console to where the caller wants it, if at all.
    void keepConsole();

    /// The run's folder, with the disks in it, afresh.
    vm::MachineSpec prepareMachine();
    protocol::AssembleRequest assembleRequest() const;
    protocol::PackRequest packRequest() const;
    void noteTraces();
    /// Puts the console's tail behind an error of a guest that was lost.
    [[noreturn]] void rethrowWithConsole(Error error);

    Workshop& m_workshop;
    const RunSpec& m_spec;
    Observer& m_observer;
    const CancelToken& m_cancel;
    PhaseClock m_clock;
    LayerOutput m_output;
    std::optional<OutputFile> m_consoleLog;
    RunResult m_result;

    std::unique_ptr<image::BaseImage> m_base;
    images::GuestImage m_guestImage;
    std::vector<store::LayerDisk> m_disks;
    std::unique_ptr<vm::RunFolder> m_folder;
    protocol::Section m_script;
    std::int64_t m_startedAt = 0;           ///< seconds: what the run makes is not older
    std::optional<BootedMachine> m_machine; ///< behind the folder: gone before it
    std::optional<session::Session> m_session;
};

} // namespace rootlayer::build

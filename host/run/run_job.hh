#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <rootlayer/builder.hh>

#include "base/output_file.hh"
#include "image/base_image.hh"
#include "images/guest_image.hh"
#include "run/boot.hh"
#include "run/layer_output.hh"
#include "run/phase_clock.hh"
#include "session/session.hh"
#include "store/layer_store.hh"
#include "vm/run_directory.hh"

namespace rootlayer::run {

/// What the runs of one builder share.
struct Engine {
    Settings settings;
    StartMachine startMachine;
    const vm::AcceleratorCache& acceleratorCache;
    const vm::TemplateStore* templates = nullptr; ///< null: machines are booted
    StandbySlot* waiting = nullptr;               ///< null: as one that admits none
};

/// One run of a script on a base, until the layer has arrived and the machine is gone (ARCHITECTURE.md, "A
/// run"). Whatever it throws, the machine and the directory are gone with it.
class RunJob final {
  public:
    /// Everything is kept by the caller for as long as the job lives.
    RunJob(Engine& engine, const RunSpec& spec, const image::BaseImage& base, LayerOutput& output,
           PhaseClock& clock, Observer& observer, const CancelToken& cancel);

    /// Where the guest's console is copied to, whatever becomes of the run.
    void keepConsoleIn(OutputFile& log) { m_consoleLog = &log; }

    /// The layer is whole in the output, and not committed, if the script ended with 0.
    RunResult run();

  private:
    /// nullopt when what the run used of the cache turned out to be damaged: it is gone, and worth another
    /// attempt.
    std::optional<RunResult> attempt();
    void forgetMachine();
    /// Does the script's end, or the guest's console, look as if the base could not be read?
    bool looksDamaged();
    /// Reads all of what the run uses of the cache, removes what is not as it was made, and says so. Throws
    /// Error{Machine} when something was and the run cannot begin anew.
    bool removeDamaged();
    void prepareGuestImage();
    void convertLayers();
    void boot();
    TemplateUse templateUse(const std::string& key) const;
    std::string templateImage(const std::string& acceleratorKey) const;
    void assemble();
    /// Lets the machine of the next run be made while this one's works.
    void prepareNext() const;
    bool runScript();
    void packLayer();
    void stop();
    /// Copies the guest's console to where the caller wants it, if at all.
    void keepConsole();
    void keepConsoleOfFailure() noexcept;

    /// The run's directory, with the disks in it, afresh; or one in which a scratch disk is.
    vm::Extent putInputs(const std::string& path, std::uint64_t offset);
    vm::MachineSpec prepareMachine(std::unique_ptr<vm::RunDirectory> directory);
    protocol::AssembleRequest assembleRequest() const;
    void warnOfHiddenAcls();
    bool readsRanges() const;
    bool guestHas(const char* feature) const;
    protocol::PackRequest packRequest() const;
    protocol::PackEnd receiveLayer();
    void noteTraces();
    void notePacked(const protocol::PackEnd& end);
    /// Puts the console's tail behind an error of a guest that was lost.
    [[noreturn]] void rethrowWithConsole(Error error);

    Engine& m_engine;
    const RunSpec& m_spec;
    const image::BaseImage& m_base;
    LayerOutput& m_output;
    PhaseClock& m_clock;
    Observer& m_observer;
    const CancelToken& m_cancel;
    OutputFile* m_consoleLog = nullptr;
    bool m_again = false; ///< this is the second attempt, and the last
    RunResult m_result;

    images::GuestImage m_guestImage;
    std::vector<store::LayerDisk> m_disks;
    store::BaseAcls m_acls;
    std::unique_ptr<vm::RunDirectory> m_directory;
    protocol::RunRequest m_request;
    std::optional<protocol::Section> m_aclSection; ///< none: the base has no ACLs
    std::optional<BootedMachine> m_machine;        ///< behind the directory: gone before it
    std::optional<session::Session> m_session;
};

} // namespace rootlayer::run

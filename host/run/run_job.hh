#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <rootlayer/builder.hh>

#include "base/output_file.hh"
#include "image/base_image.hh"
#include "images/guest_image.hh"
#include "run/boot.hh"
#include "run/layer_output.hh"
#include "run/output_limit.hh"
#include "run/phase_clock.hh"
#include "run/run_network.hh"
#include "run/run_steps.hh"
#include "session/session.hh"
#include "store/layer_store.hh"
#include "vm/run_directory.hh"

namespace rootlayer::run {

/// Shared by the runs of one builder.
struct Engine {
    Settings settings;
    StartMachine startMachine;
    const vm::AcceleratorCache& acceleratorCache;
    const vm::TemplateStore* templates = nullptr; ///< null: machines are always booted
    StandbySlot* waiting = nullptr;               ///< null: no standby machines
    StartMachine startOtherwise = {}; ///< for a machine that startMachine cannot start; may be empty
};

/// One run of a script on a base, until the layer is received and the machine has ended (ARCHITECTURE.md, "A
/// run"). The destructor kills the machine and removes its directory, whatever was thrown.
class RunJob final {
  public:
    /// Stores references to all arguments; they must outlive the job.
    RunJob(Engine& engine, const RunSpec& spec, const image::BaseImage& base, LayerOutput& output,
           PhaseClock& clock, Observer& observer, const CancelToken& cancel);

    /// Copies the guest's console to `log`, even if the run fails.
    void keepConsoleIn(OutputFile& log) { m_consoleLog = &log; }

    /// Writes the connections that the script makes to `log`, even if the run fails. nullptr: nowhere.
    void keepNetworkLogIn(Sink* log) { m_networkLog = log; }

    /// If the script ended with status 0, the output has the complete layer, which the caller commits.
    RunResult run();

  private:
    /// nullopt if the run used damaged cache entries, which were removed: try again.
    std::optional<RunResult> attempt();
    void forgetMachine();
    /// Whether the script's exit status or the guest's console suggests that a disk could not be read.
    bool looksDamaged();
    /// Reads all cache entries that the run uses, removes damaged ones and warns about each. True: the run
    /// must start again. Throws Error{Machine} if there were some but the run cannot start again.
    bool removeDamaged();
    void prepareGuestImage();
    void convertLayers();
    void boot();
    /// The machine without disks and directory.
    vm::MachineSpec plain() const;
    TemplateUse templateUse(const std::string& key) const;
    std::string templateImage(const std::string& acceleratorKey) const;
    void assemble();
    /// Ends the run's waits as soon as the host's disk fails the scratch disk.
    void watchScratch();
    /// Throws Error{Resource} if it has failed.
    void checkScratch();
    /// Starts preparing the machine of the next run while this one's is running.
    void prepareNext() const;
    /// Runs the scripts until one fails. Returns whether all succeeded.
    bool runScripts();
    void runStep(std::size_t number);
    protocol::RunReply runWithNetwork(protocol::RunRequest request);
    /// Throws Error{Guest} if the agent cannot do what the run needs.
    void requireFeatures() const;
    void packLayer();
    void stop();
    /// Copies the guest's console to the log, if there is one.
    void keepConsole();
    void keepConsoleOfFailure() noexcept;

    /// Writes the inputs to a file, which begins at byte `offset` of the read-only disk.
    vm::Extent putInputs(const std::string& path, std::uint64_t offset);
    /// The machine with its disks, in a new directory, or in that of a standby machine, which has a scratch
    /// disk.
    vm::MachineSpec prepareMachine(std::unique_ptr<vm::RunDirectory> directory);
    /// The same, in m_directory.
    vm::MachineSpec machineIn(bool hasScratch);
    void warnOfHiddenAcls();
    bool readsRanges() const;
    bool guestHas(const char* feature) const;
    /// The reason for an error: whatever the guest says after its disk failed comes from that.
    Error causeOf(const Error& error);

    Engine& m_engine;
    const RunSpec& m_spec;
    const image::BaseImage& m_base;
    LayerOutput& m_output;
    PhaseClock& m_clock;
    Observer& m_observer;
    const CancelToken& m_cancel;
    OutputFile* m_consoleLog = nullptr;
    Sink* m_networkLog = nullptr;
    OutputLimit m_scriptOutput;
    bool m_again = false; ///< this is the second and last attempt
    RunResult m_result;

    images::GuestImage m_guestImage;
    std::vector<store::LayerDisk> m_disks;
    store::BaseAcls m_acls;
    std::unique_ptr<vm::RunDirectory> m_directory;
    std::vector<RunStep> m_steps;
    std::vector<protocol::RunRequest> m_requests;  ///< one for each step
    std::optional<protocol::Section> m_aclSection; ///< nullopt: the base has no ACLs
    std::optional<BootedMachine> m_machine;        ///< declared after the directory: destroyed before it
    std::optional<session::Session> m_session;
    Deadline m_timeLimit = Deadline::never(); ///< of the script and its layer together
    std::optional<RunNetwork> m_network;
};

} // namespace rootlayer::run

#pragma once

#include <memory>

#include <rootlayer/api.hh>
#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>
#include <rootlayer/settings.hh>
#include <rootlayer/standby_machine.hh>

namespace rootlayer {

/// Runs scripts on bases, one after another. Keep one Builder for the life of the program: it holds the
/// connection to libvirt, of which a process can have only one. Not for several threads at once.
class ROOTLAYER_API Builder final {
  public:
    /// `next` allows one machine to be kept ready for the next run. It ends with the Builder or the process;
    /// a forked child does not have it.
    explicit Builder(Settings settings, const StandbyMachine& next = {});
    /// Ends the waiting machine, if any.
    ~Builder();
    Builder(const Builder&) = delete;
    Builder& operator=(const Builder&) = delete;

    /// Runs a script, and blocks until it is done. A script that fails is a result: it has the script's exit
    /// status, and no layer. If rootlayer itself fails, throws Error, and no output appears. Calls the
    /// observer in this thread. `spec` and `observer` are used only during the call.
    RunResult run(const RunSpec& spec, Observer& observer, const CancelToken& cancel = {});

    /// Builds an image or a layer, with or without a script. Otherwise like run().
    BuildResult build(const BuildSpec& spec, Observer& observer, const CancelToken& cancel = {});

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace rootlayer

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

/// Runs scripts on bases, one after another. Keep one for the life of a program: it holds the connection to
/// libvirt, of which a process can have one only. Not for several threads at once.
class ROOTLAYER_API Builder final {
  public:
    /// With `next` a machine may wait for the next run; it ends with the builder, and with the process. A
    /// process that was forked from this one has none.
    explicit Builder(Settings settings, const StandbyMachine& next = {});
    ~Builder();
    Builder(const Builder&) = delete;
    Builder& operator=(const Builder&) = delete;

    /// Does one run. Throws Error when rootlayer fails, and leaves nothing behind then; a script that fails
    /// is a result with its exit status, and without a layer. The observer is called in this thread.
    RunResult run(const RunSpec& spec, Observer& observer, const CancelToken& cancel = {});

    /// Makes one image, with or without a script. The same as run() in all else.
    BuildResult build(const BuildSpec& spec, Observer& observer, const CancelToken& cancel = {});

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace rootlayer

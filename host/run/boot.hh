#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "protocol/connection.hh"
#include "protocol/messages.hh"
#include "run/phase_clock.hh"
#include "run/standby_slot.hh"
#include "vm/accelerator.hh"
#include "vm/machine.hh"
#include "vm/qemu/template_store.hh"

namespace rootlayer::run {

/// A machine whose agent has said hello.
struct BootedMachine {
    std::unique_ptr<protocol::Connection> connection;
    std::unique_ptr<vm::Machine> machine;
    protocol::Hello hello;
    std::string reason;      ///< why not KVM, when it is not
    bool restored = false;   ///< from a template
    bool waited = false;     ///< and before the run began
    std::string templateKey; ///< empty when it was not
    std::string coldReason;  ///< why not from a template, when it was not
};

/// Whether machines may begin from templates.
struct TemplateUse {
    const vm::TemplateStore* store = nullptr; ///< null: they may not
    std::string refusal;                      ///< then why
    std::string image;                        ///< what kernel and initramfs hold
    StandbySlot* waiting = nullptr;           ///< null: no machine waits for this run
    vm::MachineSpec plain;                    ///< the machine that is wanted, without directory and disks
    std::uint64_t diskSize = 0;               ///< of the scratch disk
};

/// What is asked for in the waiting room.
std::string standbyKey(const std::string& templateKey, std::uint64_t diskSize);

/// How machines come to be; the seam at which tests put theirs.
using StartMachine = std::function<std::unique_ptr<vm::Machine>(const vm::MachineSpec&, const CancelToken&)>;

/// Brings machines up: restores them from a template, which is made first if need be, or else boots them, and
/// goes on to the next accelerator of the choice when one gives no guest.
class Boot final {
  public:
    Boot(StartMachine start, TemplateUse templates, PhaseClock& clock, Observer& observer,
         const CancelToken& cancel);

    /// Makes the spec, with its directory and disks afresh, for each try; or in the directory of a machine
    /// that waits, where the scratch disk is there.
    using Prepare = std::function<vm::MachineSpec(std::unique_ptr<vm::RunDirectory>)>;

    /// Throws Error{Machine} with the console's tail when no guest comes up.
    BootedMachine operator()(vm::AcceleratorChoice& choice, const Prepare& prepare);

  private:
    BootedMachine bootOnce(const vm::MachineSpec& spec, std::chrono::milliseconds timeouts);
    std::optional<BootedMachine> fromTemplate(vm::MachineSpec& spec, const Prepare& prepare);
    std::optional<BootedMachine> tryTemplate(const std::string& key, vm::MachineSpec& spec,
                                             const Prepare& prepare);
    std::optional<BootedMachine> fromStandby(vm::Accelerator accelerator, const Prepare& prepare);
    void wake(BootedMachine& booted);
    BootedMachine restore(const std::string& key, const vm::MachineSpec& spec);
    void awaitHello(vm::Machine& machine);
    vm::MachineSpec prepared(const Prepare& prepare, vm::Accelerator accelerator,
                             std::unique_ptr<vm::RunDirectory> directory = nullptr);

    StartMachine m_start;
    TemplateUse m_templates;
    PhaseClock& m_clock;
    Observer& m_observer;
    const CancelToken& m_cancel;
    std::unique_ptr<protocol::Connection> m_making; ///< to the machine that is about to be frozen
};

} // namespace rootlayer::run

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "build/phase_clock.hh"
#include "protocol/connection.hh"
#include "protocol/messages.hh"
#include "vm/accelerator.hh"
#include "vm/machine.hh"
#include "vm/template_store.hh"

namespace rootlayer::build {

/// A machine whose agent has said hello.
struct BootedMachine {
    std::unique_ptr<protocol::Connection> connection;
    std::unique_ptr<vm::Machine> machine;
    protocol::Hello hello;
    std::string reason;     ///< why not KVM, when it is not
    bool restored = false;  ///< from a template
    std::string coldReason; ///< why not from a template, when it was not
};

/// Whether machines may begin from templates.
struct TemplateUse {
    const vm::TemplateStore* store = nullptr; ///< null: they may not
    std::string refusal;                      ///< then why
    std::string image;                        ///< what kernel and initramfs hold
};

/// How machines come to be; the seam at which tests put theirs.
using StartMachine = std::function<std::unique_ptr<vm::Machine>(const vm::MachineSpec&, const CancelToken&)>;

/// Brings machines up: restores them from a template, which is made first if need be, or else boots them, and
/// goes on to the next accelerator of the choice when one gives no guest.
class Boot final {
  public:
    Boot(StartMachine start, TemplateUse templates, PhaseClock& clock, Observer& observer,
         const CancelToken& cancel);

    /// Makes the spec, with its folder and disks afresh, for each try.
    using Prepare = std::function<vm::MachineSpec()>;

    /// Throws Error{Machine} with the console's tail when no guest comes up.
    BootedMachine operator()(vm::AcceleratorChoice& choice, const Prepare& prepare);

  private:
    BootedMachine bootOnce(const vm::MachineSpec& spec, std::chrono::milliseconds patience);
    std::optional<BootedMachine> fromTemplate(vm::MachineSpec& spec, const Prepare& prepare);
    std::optional<BootedMachine> tryTemplate(const std::string& key, vm::MachineSpec& spec,
                                             const Prepare& prepare);
    BootedMachine restore(const std::string& key, const vm::MachineSpec& spec);
    void awaitHello(vm::Machine& machine);
    vm::MachineSpec prepared(const Prepare& prepare, vm::Accelerator accelerator);

    StartMachine m_start;
    TemplateUse m_templates;
    PhaseClock& m_clock;
    Observer& m_observer;
    const CancelToken& m_cancel;
    std::unique_ptr<protocol::Connection> m_making; ///< to the machine that is about to be frozen
};

} // namespace rootlayer::build

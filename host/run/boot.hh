#pragma once

// Boot: brings up a machine whose agent has said hello, in the fastest way that works.
//
// There are three ways, from fast to slow:
//
//   1. Standby: a machine that was restored before the run began waits in the StandbySlot. It is resumed.
//   2. Template: a frozen machine is restored (vm/qemu/template_store.hh). If there is no template, it is
//      made first, which takes as long as a boot.
//   3. Cold: QEMU is started, and the machine boots. If QEMU does not start as rootlayer starts it, libvirt
//      may start it (`otherwise`), which takes seconds and confines it less. Never with KVM: there TCG is
//      next.
//
// All of them give a BootedMachine, and the rest of the run does not see a difference. The first two are
// only optimizations, and neither may make a run fail that would succeed without it. So if one of them
// fails, the next one is tried. Only a cancellation ends the run at once. Why a template was not used is
// kept in coldReason, for the metadata, and so is why libvirt had to start it.
//
// Independently of that there may be two accelerators to try. With `--accel auto`, a KVM that opens but
// gives no guest is discovered only by booting. vm::AcceleratorChoice decides whether a failure of the
// cold boot is worth another round with TCG; otherwise the error is final and has the console's last lines.
//
// An example, `--accel auto` on a host whose KVM hangs:
//
//     KVM   no standby machine; no template, so one is made: no hello within 4 s
//     TCG   no standby machine; template: made, restored, the agent answers: done
//
// Each attempt gets a new directory and new disks from the caller's Prepare, because a machine that failed
// may have written to the old ones. A standby machine brings its own directory and scratch disk.
//
// A template that an earlier run made and that fails is removed and made again. If a new one fails for a
// reason that would occur again, it is refused for an hour, so that later runs boot at once. That a machine
// boots with KVM does not prove that it can be restored, for which the host's kernel must set the processor's
// whole state. The first restore on a host is the proof: a guest that does not answer is a failure like any
// other, and the run boots.
//
// Rejected: to continue with the machine that was booted to make a template. Its memory is the template.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/error.hh>
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
    std::string reason;      ///< why KVM was not used; empty if it was, or was not requested
    bool restored = false;   ///< from a template
    bool waited = false;     ///< restored before the run began, in the StandbySlot
    std::string templateKey; ///< empty if it was booted
    std::string coldReason;  ///< why no template was used, or why libvirt started it; else empty
    vm::Accelerator accelerator = vm::Accelerator::Tcg;
};

/// Whether and how machines are restored from templates.
struct TemplateUse {
    const vm::TemplateStore* store = nullptr; ///< null: no templates; not owned
    std::string refusal;                      ///< why `store` is null
    std::string image;                        ///< for TemplateStore::keyOf()
    StandbySlot* waiting = nullptr;           ///< null: no standby machines; not owned
    vm::MachineSpec plain;                    ///< the requested machine, without directory and disks
    std::uint64_t diskSize = 0;               ///< bytes of the scratch disk
};

/// The StandbySlot's key for a machine of this template with a scratch disk of `diskSize` bytes.
std::string standbyKey(const std::string& templateKey, std::uint64_t diskSize);

/// Boots a machine. Tests supply their own.
using StartMachine = std::function<std::unique_ptr<vm::Machine>(const vm::MachineSpec&, const CancelToken&)>;

/// Brings machines up, as described above.
class Boot final {
  public:
    /// `otherwise` starts a machine that `start` cannot start; may be empty.
    Boot(StartMachine start, StartMachine otherwise, TemplateUse templates, PhaseClock& clock,
         Observer& observer, const CancelToken& cancel);

    /// Creates the spec with a new directory and new disks, once for each attempt. Given the directory of a
    /// standby machine, uses that and the scratch disk in it.
    using Prepare = std::function<vm::MachineSpec(std::unique_ptr<vm::RunDirectory>)>;

    /// Throws if no guest comes up: the machine's own error, or Error{Timeout} or Error{Protocol} with the
    /// console's tail in the hint.
    BootedMachine operator()(vm::AcceleratorChoice& choice, const Prepare& prepare);

  private:
    BootedMachine bootOnce(vm::MachineSpec& spec, const Prepare& prepare, std::chrono::milliseconds timeout);
    std::unique_ptr<vm::Machine> start(vm::MachineSpec& spec, const Prepare& prepare);
    std::unique_ptr<vm::Machine> startOtherwise(vm::MachineSpec& spec, const Prepare& prepare,
                                                const Error& failure);
    BootedMachine fastest(const vm::AcceleratorChoice& choice, const Prepare& prepare);
    std::optional<BootedMachine> fromTemplate(const vm::AcceleratorChoice& choice, vm::MachineSpec& spec,
                                              const Prepare& prepare);
    std::optional<BootedMachine> tryTemplate(const std::string& key, const vm::AcceleratorChoice& choice,
                                             vm::MachineSpec& spec, const Prepare& prepare);
    std::optional<BootedMachine> fromStandby(vm::Accelerator accelerator, const Prepare& prepare);
    void wake(BootedMachine& booted, vm::Accelerator accelerator);
    BootedMachine restore(const std::string& key, const vm::MachineSpec& spec);
    void awaitHello(vm::Machine& machine, std::chrono::milliseconds timeout);
    vm::MachineSpec prepared(const Prepare& prepare, vm::Accelerator accelerator,
                             std::unique_ptr<vm::RunDirectory> directory = nullptr);

    StartMachine m_start;
    StartMachine m_otherwise;
    TemplateUse m_templates;
    PhaseClock& m_clock;
    Observer& m_observer;
    const CancelToken& m_cancel;
    std::unique_ptr<protocol::Connection> m_making; ///< to the machine that is going to be frozen
    bool m_awaitsHello = false;                     ///< that machine is booting
};

} // namespace rootlayer::run

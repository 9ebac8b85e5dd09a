#pragma once

#include <functional>
#include <memory>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "build/phase_clock.hh"
#include "protocol/connection.hh"
#include "protocol/messages.hh"
#include "vm/accelerator.hh"
#include "vm/machine.hh"

namespace rootlayer::build {

/// A machine whose agent has said hello.
struct BootedMachine {
    std::unique_ptr<protocol::Connection> connection;
    std::unique_ptr<vm::Machine> machine;
    protocol::Hello hello;
    std::string reason; ///< why not KVM, when it is not
};

/// How machines come to be; the seam at which tests put theirs.
using StartMachine = std::function<std::unique_ptr<vm::Machine>(const vm::MachineSpec&, const CancelToken&)>;

/// Boots machines, and goes on to the next accelerator of the choice when one gives no guest.
class Boot final {
  public:
    Boot(StartMachine start, PhaseClock& clock, Observer& observer, const CancelToken& cancel);

    /// `prepare` makes the spec, with its folder and disks afresh, for each try. Throws Error{Machine} with
    /// the console's tail when no guest comes up.
    BootedMachine operator()(vm::AcceleratorChoice& choice, const std::function<vm::MachineSpec()>& prepare);

  private:
    BootedMachine bootOnce(const vm::MachineSpec& spec, std::chrono::milliseconds patience);

    StartMachine m_start;
    PhaseClock& m_clock;
    Observer& m_observer;
    const CancelToken& m_cancel;
};

} // namespace rootlayer::build

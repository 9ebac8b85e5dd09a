#include "run/machine_plan.hh"

namespace rootlayer::run {

namespace {

// Without KVM the kernel's tests of its own ciphers take 0.6 s of a boot. The rest from `mitigations` on
// protects a kernel from its own users: here these are the script, which is root, and everything costs an
// emulated processor more. Of the security modules landlock stays, which programs use for themselves. With
// nokaslr the kernel has the same addresses in every boot. A busy host without KVM can miss the ticks that
// the kernel counts when it tests its timer, hence no_timer_check.
constexpr const char* kCommandLine =
    "console=ttyS0 quiet panic=-1 vsyscall=emulate cryptomgr.notests mitigations=off init_on_alloc=0 "
    "hardened_usercopy=off randomize_kstack_offset=off lsm=landlock audit=0 nowatchdog nokaslr "
    "no_timer_check";

} // namespace

vm::AcceleratorPolicy policyOf(Acceleration acceleration) {
    switch (acceleration) {
    case Acceleration::Kvm:
        return vm::AcceleratorPolicy::Kvm;
    case Acceleration::Tcg:
        return vm::AcceleratorPolicy::Tcg;
    case Acceleration::Auto:
        break;
    }
    return vm::AcceleratorPolicy::Auto;
}

vm::MachineSpec plainMachine(const images::GuestImage& guestImage, const MachineOptions& options) {
    vm::MachineSpec machine;
    machine.kernel = guestImage.kernel;
    machine.initramfs = guestImage.initramfs;
    machine.commandLine = kCommandLine;
    machine.memory = options.memory;
    machine.processors = options.processors;
    return machine;
}

} // namespace rootlayer::run

#include "run/machine_plan.hh"

namespace rootlayer::run {

namespace {

// cryptomgr.notests: without KVM the self-tests of the kernel's ciphers take 0.6 s of a boot.
// mitigations=off and the following: these protect the kernel from its users. Here the only user is the
//     script, which is root, and they are expensive on an emulated processor.
// lsm=landlock: the only security module that programs use for themselves.
// nokaslr: the kernel has the same addresses in every boot.
// no_timer_check: the kernel's timer test counts ticks, which a busy host without KVM may miss.
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

#include "run/machine_plan.hh"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <rootlayer/error.hh>

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

void requireIsolation(MinIsolation wanted, vm::Accelerator accelerator, const vm::Isolation& isolation) {
    if (wanted == MinIsolation::Kvm && accelerator != vm::Accelerator::Kvm) {
        throw Error(ErrorCode::Machine, "the machine does not use KVM, and --min-isolation is kvm",
                    "rootlayer doctor says why; or use --min-isolation confined");
    }
    if (wanted != MinIsolation::Tcg && !isolation.confined()) {
        throw Error(ErrorCode::Machine,
                    fmt::format("QEMU is not confined, it has: {}", fmt::join(vm::namesOf(isolation), ", ")),
                    "it needs a kernel with Landlock (5.13), and a cache of the user's own");
    }
}

vm::MachineSpec plainMachine(const images::GuestImage& guestImage, const MachineOptions& options,
                             const std::string& qemu) {
    vm::MachineSpec machine;
    machine.kernel = guestImage.kernel;
    machine.initramfs = guestImage.initramfs;
    machine.commandLine = kCommandLine;
    machine.memory = options.memory;
    machine.processors = options.processors;
    machine.qemu = qemu;
    return machine;
}

} // namespace rootlayer::run

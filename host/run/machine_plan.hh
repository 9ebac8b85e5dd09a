#pragma once

#include <rootlayer/machine_options.hh>

#include "images/guest_image.hh"
#include "vm/accelerator.hh"
#include "vm/machine.hh"

namespace rootlayer::run {

vm::AcceleratorPolicy policyOf(Acceleration acceleration);

/// The machine of a run without disks and directory, as templates are made from. `qemu` is as in MachineSpec.
vm::MachineSpec plainMachine(const images::GuestImage& guestImage, const MachineOptions& options,
                             const std::string& qemu);

/// Throws Error{Machine} if the machine is isolated less than is wanted.
void requireIsolation(MinIsolation wanted, vm::Accelerator accelerator, const vm::Isolation& isolation);

} // namespace rootlayer::run

#pragma once

#include <string>
#include <vector>

#include "sandbox/confinement.hh"
#include "vm/isolation.hh"
#include "vm/machine.hh"
#include "vm/qemu/qemu_command.hh"

namespace rootlayer::vm {

/// The confinement of a QEMU that we start, and what of it this host has.
struct QemuConfinement {
    sandbox::Confinement confinement;
    Isolation isolation;
    bool asksForMemory = false; ///< the filter needs a MemoryOpener
};

/// Confines QEMU to the files of the run, which it has as descriptors (QemuFiles), to the packages of the
/// host, and to the memory file, which is empty for StartMode::Cold.
QemuConfinement qemuConfinement(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning);

} // namespace rootlayer::vm

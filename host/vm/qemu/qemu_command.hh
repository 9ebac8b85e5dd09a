#pragma once

#include <string>
#include <utility>
#include <vector>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// How a QEMU that we start ourselves begins.
enum class StartMode {
    /// Boots a machine for a run. Its memory is in no file.
    Cold,
    /// Boots a machine that will be frozen: its memory is written to the file, /dev/vda is only the first
    /// layer.
    Boot,
    /// Waits for the state of a frozen machine. The memory file is mapped privately and not changed.
    Restore,
    /// Like Restore, but with the disks of Boot: the disks of a run are attached later.
    Wait
};

/// What QEMU's command line needs besides the MachineSpec: the names under which QEMU opens its files, and
/// the descriptors that it inherits.
struct QemuPlaces {
    std::string kernel;
    std::string initramfs;
    std::string memoryFile; ///< not for StartMode::Cold
    std::string console;
    std::vector<std::string> disks;             ///< in the order of devicesOf()
    std::vector<std::pair<unsigned, int>> sets; ///< descriptors of the sets that the names mention (FdSet)
    int monitor = -1;                           ///< a connected socket
    std::vector<int> ports; ///< the same for each port, in the order of devicesOf(); missing ones are -1
};

/// QEMU's id of the disk with this number; 0 is /dev/vda.
std::string diskDevice(std::size_t number);

/// The command line of a machine that we start ourselves. Its devices and their slots are those of
/// domainXml(), and the sandbox is the one that libvirt sets up (-sandbox).
std::vector<std::string> qemuCommand(const MachineSpec& spec, const QemuPlaces& places, StartMode beginning);

} // namespace rootlayer::vm

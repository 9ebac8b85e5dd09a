#pragma once

#include <string>
#include <vector>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// How a machine that we start ourselves begins.
enum class StartMode {
    Boot, ///< from its kernel, to be frozen: its memory is the file, /dev/vda the first of the layers alone
    Restore, ///< waits to be given the state it was frozen in; the memory's file is only read
    Wait     ///< the same, with the disks of Boot: those of a run come later
};

/// What a QEMU's command line names besides the machine.
struct QemuPlaces {
    std::string memoryFile;
    int monitor = -1;       ///< a connected socket, which QEMU inherits under this number
    std::vector<int> ports; ///< the same for each port, in the order of devicesOf(); missing ones are -1
};

/// What the disk of that number (0 is /dev/vda) is called in QEMU.
std::string diskDevice(std::size_t number);

/// The command line of a machine that is started without libvirt. Pure. The devices are those that
/// domainXml() asks for, at the same places, and the protection is what libvirt gives (-sandbox).
std::vector<std::string> qemuCommand(const MachineSpec& spec, const QemuPlaces& places, StartMode beginning);

} // namespace rootlayer::vm

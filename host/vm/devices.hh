#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// The guest's console, in the run's directory.
inline constexpr const char* kConsoleFile = "console.log";

/// What every machine says its own UUID is (SMBIOS type 1). libvirt draws one for each domain and would show
/// it to the script.
inline constexpr const char* kSystemUuid = "726f6f74-6c61-7965-7200-000000000002";

enum class BlockDriver { Raw, Vmdk };

/// One virtio disk; in the guest /dev/vda, /dev/vdb ... in order.
struct DiskDevice {
    std::string path;
    BlockDriver format = BlockDriver::Raw;
    bool readOnly = true;
    bool disposable = false; ///< nobody needs its bytes after a crash: no flushes

    friend bool operator==(const DiskDevice&, const DiskDevice&) = default;
};

/// One port of the virtio-serial device: a byte stream between host and guest.
struct PortDevice {
    std::string name;   ///< in the guest: /sys/class/virtio-ports/*/name
    std::string id;     ///< what QEMU calls it
    std::string socket; ///< where we listen and the QEMU of libvirt connects

    friend bool operator==(const PortDevice&, const PortDevice&) = default;
};

/// What a machine is made of, whoever builds it: libvirt from XML, or QEMU from its command line. The host
/// files are all named here, so that both ways of starting agree.
struct Devices {
    std::vector<DiskDevice> disks;
    std::vector<PortDevice> ports;
    std::string consoleFile; ///< the first serial line is written here
};

/// The devices of a machine. Pure. The VMDK descriptor of the layers must be written before the start, see
/// writeVmdkDescriptor().
Devices devicesOf(const MachineSpec& spec);

/// Processor features that are taken away under TCG: with them the guest's kernel copies with `rep movsb`,
/// which TCG does a byte at a time.
const std::vector<std::string_view>& featuresSlowUnderTcg();

} // namespace rootlayer::vm

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// The file with the guest's console, in the run's directory.
inline constexpr const char* kConsoleFile = "console.log";

/// The SMBIOS (type 1) UUID of every machine. libvirt would generate a random one for each domain, which the
/// script could see.
inline constexpr const char* kSystemUuid = "726f6f74-6c61-7965-7200-000000000002";

enum class BlockDriver { Raw, Vmdk };

/// One virtio disk. In the guest the disks are /dev/vda, /dev/vdb, ... in order.
struct DiskDevice {
    std::string path;
    BlockDriver format = BlockDriver::Raw;
    bool readOnly = true;
    bool disposable = false; ///< its data is not needed after a crash, so flushes are ignored

    friend bool operator==(const DiskDevice&, const DiskDevice&) = default;
};

/// One port of the virtio-serial device: a byte stream between host and guest.
struct PortDevice {
    std::string name;   ///< in the guest: /sys/class/virtio-ports/*/name
    std::string id;     ///< QEMU's name for it
    std::string socket; ///< path; rootlayer listens on it and libvirt's QEMU connects

    friend bool operator==(const PortDevice&, const PortDevice&) = default;
};

/// The devices of a machine and their host files. Both libvirt's XML and QEMU's command line are made from
/// this, so that they agree.
struct Devices {
    std::vector<DiskDevice> disks;
    std::vector<PortDevice> ports;
    std::string consoleFile; ///< output of the first serial port
};

/// The devices of a machine. Creates no files: the VMDK descriptor of the layers must be written before the
/// start, see writeVmdkDescriptor().
Devices devicesOf(const MachineSpec& spec);

/// Processor features that are disabled under TCG because they make the guest slower. With erms and fsrm, for
/// example, the kernel copies with `rep movsb`, which TCG executes byte by byte.
const std::vector<std::string_view>& featuresSlowUnderTcg();

} // namespace rootlayer::vm

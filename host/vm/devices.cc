#include "vm/devices.hh"

#include "protocol/control.hh"
#include "protocol/streams.hh"
#include "vm/vmdk_descriptor.hh"

namespace rootlayer::vm {

Devices devicesOf(const MachineSpec& spec) {
    Devices devices;
    devices.disks = {
        {vmdkDescriptorPath(spec.directory), BlockDriver::Vmdk, true, false},
        {spec.scratch, BlockDriver::Raw, false, true},
    };
    devices.ports = {{protocol::kPortName, "agent", spec.directory + "/agent"},
                     {protocol::kStreamsPortName, "streams", spec.directory + "/streams"}};
    devices.consoleFile = spec.directory + "/" + kConsoleFile;
    return devices;
}

const std::vector<std::string_view>& featuresSlowUnderTcg() {
    static const std::vector<std::string_view> features{"erms", "fsrm", "smap", "smep", "la57"};
    return features;
}

} // namespace rootlayer::vm

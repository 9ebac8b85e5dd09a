#include "guest-agent/assemble/disk_driver.hh"

#include <algorithm>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/file.hh"
#include "guest-agent/base/setting.hh"

namespace rootlayer::guest {

namespace {

constexpr const char* kAutoprobe = "/sys/bus/virtio/drivers_autoprobe";
constexpr const char* kDevices = "/sys/bus/virtio/devices";
constexpr const char* kBind = "/sys/bus/virtio/drivers/virtio_blk/bind";
// VIRTIO_ID_BLOCK, in struct virtio_device_id.
constexpr std::string_view kBlock = "0x0002";

bool isIdleDisk(const std::string& device) {
    return ::access((device + "/driver").c_str(), F_OK) != 0 &&
           readFile(device + "/device", "kind of a device", 64).starts_with(kBlock);
}

/// "virtio10" comes after "virtio9".
bool inOrder(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

} // namespace

void leaveDisksAlone() {
    if (::access(kAutoprobe, F_OK) == 0) writeSetting(kAutoprobe, "0");
}

void bindDisks() {
    std::vector<std::string> disks;
    for (const auto& device : std::filesystem::directory_iterator(kDevices))
        if (isIdleDisk(device.path())) disks.push_back(device.path().filename());
    std::sort(disks.begin(), disks.end(), inOrder);
    for (const auto& disk : disks)
        writeSetting(kBind, disk);
}

} // namespace rootlayer::guest

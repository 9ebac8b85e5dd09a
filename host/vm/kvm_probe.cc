#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "base/unique_fd.hh"
#include "vm/accelerator.hh"

namespace rootlayer::vm {

KvmProbe probeKvmDevice(const std::string& device) {
    const UniqueFd kvm(::open(device.c_str(), O_RDWR | O_CLOEXEC));
    if (!kvm && errno == ENOENT) return {false, fmt::format("there is no {}", device)};
    if (!kvm) return {false, fmt::format("{} cannot be opened: {}", device, ::strerror(errno))};
    if (::ioctl(kvm.get(), KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
        return {false, fmt::format("{} has an unknown KVM API version", device)};
    }
    const UniqueFd machine(::ioctl(kvm.get(), KVM_CREATE_VM, 0));
    if (!machine)
        return {false, fmt::format("{} cannot create a virtual machine: {}", device, ::strerror(errno))};
    return {true, {}};
}

} // namespace rootlayer::vm

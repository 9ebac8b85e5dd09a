#pragma once

#include <string>
#include <string_view>

namespace rootlayer::vm {

/// What differs between the architectures that a machine can have.
struct Architecture {
    std::string_view name;        ///< as uname(2) and libvirt have it
    std::string_view qemuProgram; ///< found in PATH
    std::string_view machineType; ///< QEMU's -machine
};

/// That of this host's machines.
constexpr Architecture architecture() {
    return {"x86_64", "qemu-system-x86_64", "q35"};
}

/// The first line of what QEMU says of its version. Throws Error{System} if it cannot be run.
std::string qemuVersion();

} // namespace rootlayer::vm

#pragma once

#include <string>
#include <string_view>

namespace rootlayer::vm {

/// The parts of a machine that depend on its architecture.
struct Architecture {
    std::string_view name;        ///< the name that uname(2) and libvirt use
    std::string_view qemuProgram; ///< found in PATH
    std::string_view qemuPackage; ///< Debian's package of the program
    std::string_view machineType; ///< QEMU's -machine
};

/// The architecture of the machines on this host.
constexpr Architecture architecture() {
    return {"x86_64", "qemu-system-x86_64", "qemu-system-x86", "q35"};
}

/// The first line of `QEMU --version`. Throws Error{System} if it cannot be run.
std::string qemuVersion();

} // namespace rootlayer::vm

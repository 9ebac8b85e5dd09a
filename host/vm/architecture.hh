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

/// The architecture of the machines on this host. The machine type has a version, the newest that Debian 12's
/// QEMU has: a script sees the same machine with every QEMU from 7.2 on. QEMU keeps a version for six years.
constexpr Architecture architecture() {
    return {"x86_64", "qemu-system-x86_64", "qemu-system-x86", "pc-q35-7.2"};
}

/// The path of the QEMU that runs machines: `chosen`, or the one in PATH if that is empty. Empty if there is
/// none.
std::string qemuPath(const std::string& chosen);
/// Throws Error{Input} if `chosen` is not empty and no program.
void checkQemu(const std::string& chosen);

} // namespace rootlayer::vm

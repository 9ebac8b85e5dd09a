#include <cstdint>
#include <rootlayer/version.hh>

#include <cstdint>
#include <unistd.h>

#include "base/file.hh"
#include "base/installation.hh"
#include "vm/libvirt/hypervisor.hh"

namespace rootlayer {

namespace {

constexpr std::uint64_t kMaxLicenses = std::uint64_t{16} << 20;

/// What is in every build, however it is installed.
constexpr const char* kOwn =
    "rootlayer is under the Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0\n"
    "The agent and the network helper inside it are linked with glibc (LGPL-2.1), libstdc++ (GPL-3 with\n"
    "the runtime library exception), nettle (LGPL-3 or GPL-2), libseccomp (LGPL-2.1), c-ares (MIT),\n"
    "fmt (MIT) and nlohmann-json (MIT).\n"
    "Other programs and libraries are those of this host.\n";

} // namespace

const char* version() {
    return ROOTLAYER_VERSION;
}

std::string licenses() {
    const auto installed = installedDirectory();
    const auto file = installed + "/licenses";
    if (installed.empty() || ::access(file.c_str(), R_OK) != 0) return kOwn;
    return readFile(file, "licences", kMaxLicenses);
}

bool hasLibvirt() {
    return vm::Hypervisor::available();
}

} // namespace rootlayer

#pragma once

#include <string>
#include <vector>

#include "disk/guestfish.hh"

namespace rootlayer::disk {

/// libguestfs's own VM, prebuilt (guestfs(3), "FIXED APPLIANCE").
struct Appliance {
    std::string directory; ///< contains kernel, initrd and root
    bool kvm = false;      ///< false: use TCG, because KVM is not known to work

    /// For Guestfish::Options.
    std::vector<std::string> environment() const;
};

/// The kernel that an appliance is built with.
struct ApplianceKernel {
    std::string image;   ///< path; empty: the newest in /boot
    std::string modules; ///< its lib/modules/RELEASE, with all modules
};

/// Whether /boot has a readable kernel whose modules are installed.
bool hostHasKernel();

/// Builds the appliance from the kernel and the host's programs in an empty directory. Takes about 20 s
/// without KVM. Returns the names of its files.
std::vector<std::string> makeAppliance(const std::string& directory, const ApplianceKernel& kernel, bool kvm,
                                       const CancelToken& cancel);

} // namespace rootlayer::disk

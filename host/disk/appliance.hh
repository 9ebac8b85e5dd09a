#pragma once

#include <string>
#include <vector>

#include "disk/guestfish.hh"

namespace rootlayer::disk {

/// libguestfs' own machine, ready made (guestfs(3), "FIXED APPLIANCE").
struct Appliance {
    std::string directory; ///< has its kernel, initrd and root
    bool kvm = false;      ///< false: TCG, where it is not known that KVM works

    /// For Guestfish::Options.
    std::vector<std::string> environment() const;
};

/// What libguestfs' machine is made with.
struct ApplianceKernel {
    std::string image;   ///< empty: the newest in /boot
    std::string modules; ///< its lib/modules/RELEASE, with all modules
};

/// Is there a kernel in /boot that we can read, with its modules?
bool hostHasKernel();

/// Makes the machine of the kernel and of programs of this host, in an empty directory; some 20 s without
/// KVM. Returns its files' names.
std::vector<std::string> makeAppliance(const std::string& directory, const ApplianceKernel& kernel, bool kvm,
                                       const CancelToken& cancel);

} // namespace rootlayer::disk

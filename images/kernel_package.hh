#pragma once

#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

namespace rootlayer::images {

/// A kernel and its modules, as files.
struct KernelFiles {
    std::string release; ///< "6.1.0-56-cloud-amd64"
    std::string image;   ///< path of the bzImage (or vmlinux)
    std::string modules; ///< path of a directory with modules.dep and the modules; empty: none needed
};

/// Fetches the newest cloud kernel of this Debian release and unpacks it in `directory`, a temporary
/// directory of the caller. Needs neither root nor /boot, only apt-get, its package lists and the network.
/// Throws Error{Machine} saying which of them is missing, with a hint; Error{Timeout} if the mirror hangs.
KernelFiles fetchKernelPackage(const std::string& directory, Observer* observer = nullptr,
                               const CancelToken* cancel = nullptr);

} // namespace rootlayer::images

#pragma once

#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// The guest image: the kernel and initramfs that machines boot.
struct GuestInfo {
    std::string kernel;          ///< path, in the cache
    std::string initramfs;       ///< path, in the cache
    std::string kernelRelease;   ///< as `uname -r` prints it
    std::string kernelDigest;    ///< "sha256:..."
    std::string initramfsDigest; ///< "sha256:..."
};

/// Makes the guest image, which the first run would make otherwise. If it exists this takes milliseconds.
/// With Settings::kernel "tuned" it builds that kernel, which takes several minutes, and which runs do not do
/// by themselves. `refresh` fetches or builds the newest kernel even if there is one. Calls the observer in
/// this thread. Throws Error, with the code Machine if something that is needed is missing.
ROOTLAYER_API GuestInfo prepareGuest(const Settings& settings, bool refresh, Observer& observer,
                                     const CancelToken& cancel = {});

} // namespace rootlayer

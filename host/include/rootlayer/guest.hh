#pragma once

#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// The kernel and initramfs that runs boot.
struct GuestInfo {
    std::string kernel;    ///< path
    std::string initramfs; ///< path
    std::string kernelRelease;
    std::string kernelDigest;    ///< "sha256:..."
    std::string initramfsDigest; ///< "sha256:..."
};

/// Makes the guest image now, as the first run would; when it is there already this takes milliseconds.
/// With Settings::kernel "tuned" it builds the guest's own kernel, which runs do not: some minutes. `refresh`
/// fetches, or builds, the newest kernel. Throws Error{Machine} that says what is missing.
ROOTLAYER_API GuestInfo prepareGuest(const Settings& settings, bool refresh, Observer& observer,
                                     const CancelToken& cancel = {});

} // namespace rootlayer

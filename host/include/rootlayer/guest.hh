#pragma once

#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// The guest image: the kernel and initramfs that machines boot.
struct GuestInfo {
    std::string kernel;          ///< path
    std::string initramfs;       ///< path, in the same directory
    std::string kernelRelease;   ///< as `uname -r` prints it
    std::string kernelDigest;    ///< "sha256:..."
    std::string initramfsDigest; ///< "sha256:..."
    bool ready = false;          ///< it was made before, and is not in the cache: Settings::guest
};

/// Makes the guest image, which the first run would make otherwise. If it exists, or a ready one, this takes
/// milliseconds.
/// With Settings::kernel "tuned" it builds that kernel, which takes several minutes, and which runs do not do
/// by themselves. `refresh` fetches or builds the newest kernel even if there is one. Calls the observer in
/// this thread. Throws Error, with the code Machine if something that is needed is missing.
ROOTLAYER_API GuestInfo prepareGuest(const Settings& settings, bool refresh, Observer& observer,
                                     const CancelToken& cancel = {});

/// Makes the guest image as prepareGuest() does, without the ready ones, and writes it into a directory, from
/// which other hosts and users can boot it without making it: see Settings::guest. It can be used by the same
/// version of the library only. The directory is created; an image of the same kind in it is replaced.
ROOTLAYER_API GuestInfo writeGuest(const Settings& settings, const std::string& directory, bool refresh,
                                   Observer& observer, const CancelToken& cancel = {});

} // namespace rootlayer

#pragma once

#include <string>
#include <string_view>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "base/digest.hh"
#include "base/directory_cache.hh"

namespace rootlayer::images {

/// What the guest's image is to be made of.
struct GuestImageSpec {
    std::string cacheDirectory; ///< kept in CACHE/guest and CACHE/kernel
    std::string_view agent;     ///< the agent's static binary; see agentBinary()
    Digest agentDigest;         ///< of it, when it is known already; else it is computed at each call
    std::string
        kernel; ///< path of a bzImage or vmlinux of the user's; "tuned": the guest's own; empty: Debian's
    std::string modules; ///< its lib/modules/RELEASE; empty with `kernel`: all drivers are built in
    std::string busybox; ///< path of a static busybox; empty: looked for in PATH
    bool refreshKernel =
        false;                ///< fetch Debian's kernel, or build the guest's own, anew, even if there is one
    bool buildKernel = false; ///< the guest's own may be built, which takes minutes
};

/// A kernel and an initramfs, ready to boot.
struct GuestImage {
    std::string kernel;    ///< path, in the cache; a vmlinux where the kernel allows it
    std::string initramfs; ///< path, in the cache
    std::string kernelRelease;
    Digest kernelDigest;
    Digest initramfsDigest;
    CacheHold hold; ///< the files stay while this lives
};

/// The guest image for `spec`, made at first use (a download of 30 MB and some seconds) and kept. When it is
/// there already this takes a few milliseconds, starts no process and reads nothing large. A damaged one is
/// made anew. Throws Error{Machine} when there is no kernel, no static busybox or a driver is missing, each
/// time with what to do.
GuestImage ensureGuestImage(const GuestImageSpec& spec, Observer* observer = nullptr,
                            const CancelToken* cancel = nullptr);

/// Reads all of the image, removes it when it is not as it was made, and says what was wrong; else "".
std::string removeDamagedGuestImage(const GuestImage& image);

} // namespace rootlayer::images

#pragma once

#include <string>
#include <string_view>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "base/digest.hh"
#include "base/directory_cache.hh"

namespace rootlayer::images {

/// The names of its files, in the cache and elsewhere.
inline constexpr const char* kGuestKernel = "kernel";
inline constexpr const char* kGuestInitramfs = "initramfs";

/// The inputs of a guest image.
struct GuestImageSpec {
    std::string cacheDirectory; ///< results are kept in CACHE/guest and CACHE/kernel
    std::string_view agent;     ///< the agent's static binary; see agentBinary()
    Digest agentDigest;         ///< its digest if known; else computed at each call
    /// Path of a bzImage or vmlinux; "tuned": the guest's own kernel; empty: Debian's.
    std::string kernel;
    /// The lib/modules/RELEASE directory of `kernel`; empty: all its drivers are built in.
    std::string modules;
    std::string busybox; ///< path of a static busybox; empty: searched in PATH
    /// Fetch Debian's kernel, or build the guest's own, even if it is in the cache.
    bool refreshKernel = false;
    bool buildKernel = false;   ///< allows building the guest's own kernel, which takes minutes
    std::string ready;          ///< a directory with images made before, see readyGuest(); empty: none
    bool readyRequired = false; ///< an image in it that cannot be used is an error, and not passed over
};

/// A kernel and an initramfs, ready to boot.
struct GuestImage {
    std::string kernel;    ///< path; a vmlinux if the kernel allows it
    std::string initramfs; ///< path, in the same directory
    std::string kernelRelease;
    Digest kernelDigest;
    Digest initramfsDigest;
    CacheHold hold;     ///< keeps the files in the cache while it lives
    bool ready = false; ///< it is not in the cache: readyGuest() found it
};

/// The guest image for `spec`: the ready one if there is one, else made at first use (a download of 30 MB and
/// some seconds) and cached. A cached image takes a few milliseconds; no process is started and no large file
/// is read. A damaged image is made again. Throws Error{Machine} with a hint if there is no kernel, no static
/// busybox, or a driver is missing.
GuestImage ensureGuestImage(const GuestImageSpec& spec, Observer* observer = nullptr,
                            const CancelToken* cancel = nullptr);

/// Reads the whole image and removes it from the cache if it is damaged; returns what was wrong, or "".
std::string removeDamagedGuestImage(const GuestImage& image);

} // namespace rootlayer::images

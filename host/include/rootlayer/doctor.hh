#pragma once

#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// The result of one check.
struct Finding {
    /// How well it works.
    enum class State {
        Good,    ///< works
        Limited, ///< works with restrictions: no KVM, little disk space, an optional program missing
        Bad,     ///< no run can succeed
    };
    /// What was checked: "qemu", "tar2sqfs", "mke2fs", "cache", "disk-space", "guest-image", "boot",
    /// "libvirt", "kvm", "template", "confinement", "network", "skopeo" or "libguestfs".
    std::string what;
    State state = State::Good; ///< how well it works
    std::string detail;        ///< what was found, for people
    std::string hint;          ///< what to try; empty if there is nothing
};

/// Checks everything that a run needs, in the way a run uses it: KVM is good only if a guest boots with it.
/// Takes a few seconds, and makes the guest image if there is none yet. Throws only Error{Cancelled}.
ROOTLAYER_API std::vector<Finding> examine(const Settings& settings, const CancelToken& cancel = {});

} // namespace rootlayer

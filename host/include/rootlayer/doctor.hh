#pragma once

#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// One thing that doctor looked at.
struct Finding {
    enum class State {
        Good,    ///< works
        Limited, ///< works, but less well: no KVM, an optional part missing
        Bad,     ///< no run can succeed
    };
    std::string what; ///< "qemu", "libvirt", "kvm", "guest-image", "cache", "disk-space", "skopeo", ...
    State state = State::Good;
    std::string detail; ///< what was found
    std::string hint;   ///< what to try
};

/// Looks at all that a run needs, the way a run would: KVM counts as good only if a guest boots with it.
/// Takes a few seconds. Throws nothing but Error{Cancelled}.
ROOTLAYER_API std::vector<Finding> examine(const Settings& settings, const CancelToken& cancel = {});

} // namespace rootlayer

#pragma once

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

#include "base/directory_cache.hh"
#include "disk/appliance.hh"

namespace rootlayer::disk {

/// A libguestfs appliance in the cache.
struct CachedAppliance {
    disk::Appliance appliance;
    CacheHold hold; ///< keeps it in the cache
};

/// The appliance for this host. It is built at first use, and again when the host's packages change, because
/// it contains their programs: 370 MB, about 20 s. Its kernel is the one of the settings with its modules,
/// else the newest readable one in /boot, else Debian's, which is downloaded. KVM is used only if one of our
/// guests is known to have booted with it. Throws Error{System} with what to install if libguestfs is
/// missing.
CachedAppliance cachedAppliance(const Settings& settings, Observer* observer, const CancelToken& cancel);

} // namespace rootlayer::disk

#pragma once

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

#include "base/directory_cache.hh"
#include "disk/appliance.hh"

namespace rootlayer::disk {

/// libguestfs' machine in the cache.
struct CachedAppliance {
    disk::Appliance appliance;
    CacheHold hold; ///< it stays while this lives
};

/// It is made at first use, and again when the host's packages have changed, whose programs are in it: 370
/// MB, some 20 s. Its kernel is the newest in /boot that can be read, or the one of the settings with its
/// modules, or Debian's, fetched. KVM is used only where a guest of ours is known to have booted with it.
/// Throws Error{System} when libguestfs is not there, with what to install.
CachedAppliance cachedAppliance(const Settings& settings, Observer* observer, const CancelToken& cancel);

} // namespace rootlayer::disk

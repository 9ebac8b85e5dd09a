#pragma once

#include <rootlayer/settings.hh>

#include "images/guest_image.hh"

namespace rootlayer::images {

/// What the guest image is made of, by the settings and this program's own agent.
GuestImageSpec guestImageSpec(const Settings& settings);

} // namespace rootlayer::images

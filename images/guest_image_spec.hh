#pragma once

#include <rootlayer/settings.hh>

#include "images/guest_image.hh"

namespace rootlayer::images {

/// The inputs of the guest image according to the settings, with the agent of this library.
GuestImageSpec guestImageSpec(const Settings& settings);

} // namespace rootlayer::images

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rootlayer/event.hh>

#include "images/guest_image.hh"

namespace rootlayer::images {

/// A guest image in a directory that is not the cache: a package or an archive brings it, so that nothing is
/// fetched or built at first use. Below the directory are "default" and "tuned", for the two kernels, each
/// with a kernel, an initramfs and a seal. It has no times and no paths: the same image gives the same bytes.
///
/// `spec.ready` is the directory. Without `spec.kernel` the default one is used, or the tuned one if there is
/// no other. nullopt if the spec wants another kernel, modules or busybox, or one made now; if the directory
/// has none; and, with a warning, if it is damaged, made for another agent, or if other users than this one,
/// root and the owner of this program could change it. With `spec.readyRequired` these are Error{Input}.
std::optional<GuestImage> readyGuest(const GuestImageSpec& spec, Observer* observer = nullptr);

/// Writes the image into `directory`, which is created, for readyGuest(): as "tuned" if the kernel is the
/// guest's own, else as "default". One that is there is replaced. Returns it. Throws Error{Input}.
GuestImage writeReadyGuest(const GuestImage& image, const GuestImageSpec& spec, const std::string& directory);

/// Reads the whole image; returns what is wrong with it, or "".
std::string readyGuestDamage(const GuestImage& image);

} // namespace rootlayer::images

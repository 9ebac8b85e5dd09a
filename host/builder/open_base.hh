#pragma once

#include <memory>

#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

#include "image/base_image.hh"

namespace rootlayer::builder {

/// As image::openBase(), and also disk:FILE, whose root file system libguestfs' machine reads
/// (vm/disk_reader.hh). It becomes one layer, the canonical tar of its tree without lost+found: the same disk
/// gives the same layer. The observer may be null.
std::unique_ptr<image::BaseImage> openBase(const oci::Reference& reference, const image::OpenOptions& options,
                                           const Settings& settings, Observer* observer = nullptr);

} // namespace rootlayer::builder

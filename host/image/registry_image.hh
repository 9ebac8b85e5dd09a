#pragma once

#include <memory>

#include "image/base_image.hh"

namespace rootlayer::image {

/// Opens docker://NAME[:TAG|@DIGEST] (OCI distribution-spec). skopeo fetches the image into a temporary OCI
/// layout, which is read with all checks of a layout and removed with the image. From an index, the manifest
/// for the platform is chosen as from a layout. DIGEST is that of the manifest or of the index.
std::unique_ptr<BaseImage> openRegistryImage(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image

#pragma once

#include <memory>

#include "image/base_image.hh"

namespace rootlayer::image {

/// docker://NAME[:TAG|@DIGEST] (OCI distribution-spec). skopeo fetches it into a temporary directory, which
/// is gone with the image; there it is an OCI layout, read with all of that one's checks. Of an index the
/// manifest for the platform is taken, by the same choice as from a layout. DIGEST is that of the manifest,
/// or of the index.
std::unique_ptr<BaseImage> openRegistryImage(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image

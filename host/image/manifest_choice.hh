#pragma once

#include "image/image_files.hh"
#include "oci/platform.hh"
#include "oci/reference.hh"

namespace rootlayer::image {

/// The one manifest of a layout that a reference means. In index.json: by tag, then by digest, then, if there
/// are still several, by platform. In a nested index: by digest, then the first for the platform. Throws
/// Error{Usage} listing what there is when that leaves none or several, Error{Platform} when none is for the
/// platform.
oci::Descriptor chooseManifest(const ImageFiles& files, const oci::Reference& reference,
                               const oci::Platform& platform);

} // namespace rootlayer::image

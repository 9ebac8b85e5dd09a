#pragma once

#include "image/layout_documents.hh"
#include "oci/platform.hh"
#include "oci/reference.hh"

namespace rootlayer::image {

/// Chooses the manifest of a layout that a reference means. In index.json: by tag, then by digest, then, if
/// several are left, by platform. In a nested index: by digest, then by platform; an exact match is preferred
/// to the first that fits. Throws Error{Usage} with the available images if none or several are left, and
/// Error{Platform} if none is for the platform.
oci::Descriptor chooseManifest(LayoutDocuments& documents, const oci::Reference& reference,
                               const oci::Platform& platform);

} // namespace rootlayer::image

#pragma once

#include <memory>

#include "image/base_image.hh"
#include "image/layout_documents.hh"

namespace rootlayer::image {

/// Open oci:DIR[:TAG][@DIGEST] and oci-archive:FILE[:TAG][@DIGEST] (OCI image-layout.md). TAG is the
/// annotation org.opencontainers.image.ref.name or a full image name. DIGEST is that of the manifest, or of
/// an index that leads to it.
std::unique_ptr<BaseImage> openOciLayout(const oci::Reference& reference, const OpenOptions& options);
std::unique_ptr<BaseImage> openOciArchive(const oci::Reference& reference, const OpenOptions& options);

/// Opens the image of a layout. The layers share ownership of the files.
std::unique_ptr<BaseImage> openOciFiles(LayoutDocuments& documents, const oci::Reference& reference,
                                        const OpenOptions& options);

} // namespace rootlayer::image

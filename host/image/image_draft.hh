#pragma once

#include <map>
#include <string>
#include <vector>

#include "image/spool.hh"
#include "oci/descriptor.hh"
#include "oci/image_config.hh"

namespace rootlayer::image {

/// A blob of an image.
struct Blob {
    oci::Descriptor descriptor;
    OpenSource open; ///< the last read() throws unless the bytes match the descriptor
};

/// A document in memory as a blob.
Blob documentBlob(std::string bytes, std::string_view mediaType);

/// An image to be written.
struct ImageDraft {
    oci::ImageConfig config;
    std::vector<Blob> layers;                       ///< bottom first; as many as the config has diff_ids
    std::map<std::string, std::string> annotations; ///< of the manifest
    std::vector<std::string> names;                 ///< "NAME:TAG", checked (image_name.hh)
    /// The original documents of an image that is copied; if empty, they are generated. The manifest is used
    /// only if its media type is OCI's and it has this config and these layers.
    std::string configBytes = {};
    std::string manifestBytes = {};
};

/// The documents of a draft, with fields in a fixed order and without white space: the same draft gives the
/// same bytes.
struct ImageDocuments {
    Blob config;
    Blob manifest; ///< OCI's, because Docker's format has no media type for zstd
};

/// Throws Error{Internal} if the numbers of layers and diff_ids differ.
ImageDocuments documentsOf(const ImageDraft& draft);

} // namespace rootlayer::image

#pragma once

#include <map>
#include <string>
#include <vector>

#include "image/spool.hh"
#include "oci/descriptor.hh"
#include "oci/image_config.hh"

namespace rootlayer::image {

/// Bytes that an image is made of, and what points at them.
struct Blob {
    oci::Descriptor descriptor;
    OpenSource open; ///< throws at the end, in place of the end, unless they are what the descriptor says
};

/// A document as a blob.
Blob documentBlob(std::string bytes, std::string_view mediaType);

/// An image that is about to be written.
struct ImageDraft {
    oci::ImageConfig config;
    std::vector<Blob> layers;                       ///< bottom first; as many as the config has diff_ids
    std::map<std::string, std::string> annotations; ///< of the manifest
    std::vector<std::string> names;                 ///< "NAME:TAG", checked (image_name.hh)
    /// The documents as somebody else wrote them, for an image that is passed on; empty: made of the above.
    /// The manifest counts only if it is OCI's, and its layers are these.
    std::string configBytes = {};
    std::string manifestBytes = {};
};

/// The documents of a draft, in a fixed order and without blanks: the same draft gives the same bytes.
struct ImageDocuments {
    Blob config;
    Blob manifest; ///< OCI's: docker's has no media type for zstd
};

/// Throws Error{Internal} when layers and diff_ids differ in number.
ImageDocuments documentsOf(const ImageDraft& draft);

} // namespace rootlayer::image

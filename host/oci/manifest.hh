#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.hh"

namespace rootlayer::oci {

/// One image for one platform (OCI manifest.md; docker's schema 2 is the same with other media types).
struct Manifest {
    std::string mediaType; ///< empty when the document does not say
    Descriptor config;
    std::vector<Descriptor> layers; ///< bottom first
    std::map<std::string, std::string> annotations;

    /// Throws Error{Image} naming `what`: for an index that calls itself a manifest, media types that are not
    /// an image's, schema versions other than 2.
    static Manifest parse(std::string_view bytes, const std::string& what);
    /// The document, in a fixed order.
    std::string write() const;
};

/// Several manifests (OCI image-index.md; docker's manifest list).
struct Index {
    std::string mediaType;
    std::vector<Descriptor> manifests; ///< also indexes
    std::map<std::string, std::string> annotations;

    /// Throws Error{Image} naming `what`: for a manifest that calls itself an index, and the like.
    static Index parse(std::string_view bytes, const std::string& what);
    std::string write() const;
};

} // namespace rootlayer::oci

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "oci/descriptor.hh"

namespace rootlayer::oci {

/// One image for one platform (OCI manifest.md; Docker's schema 2 is the same with other media types).
struct Manifest {
    std::string mediaType; ///< empty if absent
    Descriptor config;
    std::vector<Descriptor> layers; ///< bottom first
    std::map<std::string, std::string> annotations;

    /// Throws Error{Image} naming `what` if the document is or could be read as an index, if its media types
    /// are not those of an image, or if its schema version is not 2.
    static Manifest parse(std::string_view bytes, const std::string& what);
    static Manifest from(const Json& json, const std::string& what);
    /// The fields in a fixed order.
    std::string write() const;
};

/// Several manifests (OCI image-index.md; Docker's manifest list).
struct Index {
    std::string mediaType;
    std::vector<Descriptor> manifests; ///< may point to nested indexes
    std::map<std::string, std::string> annotations;

    /// Throws Error{Image} naming `what` if the document is or could be read as a manifest, or if its media
    /// type or schema version is wrong.
    static Index parse(std::string_view bytes, const std::string& what);
    static Index from(const Json& json, const std::string& what);
    std::string write() const;
};

} // namespace rootlayer::oci

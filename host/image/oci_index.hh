#pragma once

#include <string>
#include <vector>

#include "image/image_files.hh"
#include "oci/manifest.hh"

namespace rootlayer::image {

/// One image that an index names, found through nested indexes.
struct IndexedImage {
    std::string
        name; ///< full, as Docker puts it into the top index: "docker.io/library/alpine:3"; may be empty
    oci::Descriptor descriptor; ///< of the manifest
    oci::Manifest manifest;
};

/// index.json of an OCI layout, or of a docker-archive that has one. Throws Error{Image}.
oci::Index readTopIndex(const ImageFiles& files);

/// The manifest that a descriptor points to, checked against it.
oci::Manifest readManifest(const ImageFiles& files, const oci::Descriptor& descriptor);

/// A nested index, checked against its descriptor.
oci::Index readIndex(const ImageFiles& files, const oci::Descriptor& descriptor);

/// Every image in the archive that index.json leads to, whatever its platform; manifests that the archive
/// does not hold are left out, and so is what is no image (attestations). Indexes may be nested four deep.
std::vector<IndexedImage> imagesOf(const ImageFiles& files);

/// Buildkit puts its attestations among the images.
bool isAttestation(const oci::Descriptor& descriptor);

inline constexpr int kMaxIndexDepth = 4;
inline constexpr const char* kIndexName = "index.json";
inline constexpr const char* kLayoutName = "oci-layout";

} // namespace rootlayer::image

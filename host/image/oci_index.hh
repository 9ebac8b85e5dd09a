#pragma once

#include <string>
#include <vector>

#include "image/image_files.hh"
#include "oci/manifest.hh"

namespace rootlayer::image {

/// An image of an index or of its nested indexes.
struct IndexedImage {
    /// The full name in the top index, as Docker writes it: "docker.io/library/alpine:3". May be empty.
    std::string name;
    /// Of the manifest.
    oci::Descriptor descriptor;
    oci::Manifest manifest;
};

/// Reads index.json of an OCI layout, or of a docker-archive that has one. Throws Error{Image}.
oci::Index readTopIndex(const ImageFiles& files);

/// Reads the manifest that a descriptor points to, and checks it against the descriptor.
oci::Manifest readManifest(const ImageFiles& files, const oci::Descriptor& descriptor);

/// Reads a nested index and checks it against its descriptor.
oci::Index readIndex(const ImageFiles& files, const oci::Descriptor& descriptor);

/// All images for any platform that index.json leads to. Manifests that are missing in the archive and
/// attestations are skipped. Throws Error{Image} for more than four levels of indexes or more than 1000
/// images.
std::vector<IndexedImage> imagesOf(const ImageFiles& files);

/// Whether it is one of BuildKit's attestations, which are listed among the images.
bool isAttestation(const oci::Descriptor& descriptor);

inline constexpr int kMaxIndexDepth = 4;
inline constexpr const char* kIndexName = "index.json";
inline constexpr const char* kLayoutName = "oci-layout";

} // namespace rootlayer::image

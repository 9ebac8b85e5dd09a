#pragma once

#include <optional>

#include "image/docker_manifest.hh"
#include "image/oci_index.hh"

namespace rootlayer::image {

/// An archive may hold both docker's manifest.json and an OCI index.json. Docker and skopeo read the one,
/// podman and containerd the other: unless they tell the same, the archive is two images in one, and refused
/// with Error{Image}.

/// For an image chosen from manifest.json, with its config's digest: returns the same image in index.json. An
/// archive without index.json, or whose index.json leads to no image, has none.
std::optional<IndexedImage> requireIndexAgrees(const ImageFiles& files, const DockerImage& image,
                                               const Digest& config);

/// For an image chosen from index.json.
void requireDockerManifestAgrees(const ImageFiles& files, const oci::Manifest& manifest);

} // namespace rootlayer::image

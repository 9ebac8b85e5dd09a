#pragma once

#include <optional>

#include "image/docker_manifest.hh"
#include "image/indexed_images.hh"

namespace rootlayer::image {

// An archive may have both Docker's manifest.json and an OCI index.json. Docker and skopeo read the former,
// podman and containerd the latter. If they disagree, the archive contains two different images and is
// refused with Error{Image}.

/// Checks an image that was chosen from manifest.json; `config` is its config's digest. Returns the same
/// image in index.json, owned by `documents`; nullopt if the archive has no index.json, or one without
/// images.
std::optional<IndexedImage> requireIndexAgrees(LayoutDocuments& documents, const DockerImage& image,
                                               const Digest& config);

/// Checks an image that was chosen from index.json.
void requireDockerManifestAgrees(LayoutDocuments& documents, const oci::Manifest& manifest);

} // namespace rootlayer::image

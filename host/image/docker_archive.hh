#pragma once

#include <memory>

#include "image/base_image.hh"

namespace rootlayer::image {

/// docker-archive:FILE[:NAME:TAG][@DIGEST], as docker, podman, skopeo, kaniko and Nix write it. DIGEST is
/// that of the config (Docker's image id), or of the manifest where the archive has one.
std::unique_ptr<BaseImage> openDockerArchive(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image

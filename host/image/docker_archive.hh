#pragma once

#include <memory>

#include "image/base_image.hh"

namespace rootlayer::image {

/// Opens docker-archive:FILE[:NAME:TAG][@DIGEST], as docker, podman, skopeo, kaniko and Nix write it. DIGEST
/// is the config's (Docker's image ID), or the manifest's if the archive has one.
std::unique_ptr<BaseImage> openDockerArchive(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image

#pragma once

#include <string>

#include "image/image_writer.hh"

namespace rootlayer::image {

/// Checks whether a registry accepts a push of an image ("docker://HOST/NAME:TAG"). Takes a tenth of a second
/// and changes nothing in the registry: skopeo starts to push an image whose only layer is missing locally,
/// so it contacts the registry, logs in for a push, asks for the layer and then fails. Throws the errors that
/// the push would fail with: no registry, no TLS, no login, no permission. A registry that refuses only the
/// upload itself is not detected. `directory` is a new directory of the caller, in which files are created.
void askToPush(const std::string& image, const std::string& directory, const WriteOptions& options);

} // namespace rootlayer::image

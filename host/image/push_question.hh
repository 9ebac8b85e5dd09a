#pragma once

#include <string>

#include "image/image_writer.hh"

namespace rootlayer::image {

/// Asks a registry whether it would take an image ("docker://HOST/NAME:TAG"), in a tenth of a second and
/// without leaving anything there: skopeo begins to push an image whose only layer is missing. So it greets
/// the registry, logs in for a push, and asks whether the layer is there already. Throws what skopeo would
/// fail with later: no registry, no TLS, no login, no leave. A registry that refuses only the upload itself
/// is not found out. `directory` is a fresh one of the caller's, which is filled.
void askToPush(const std::string& image, const std::string& directory, const WriteOptions& options);

} // namespace rootlayer::image

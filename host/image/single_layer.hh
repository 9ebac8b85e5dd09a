#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "image/base_image.hh"
#include "image/spool.hh"

namespace rootlayer::image {

/// The image without layers and with an empty config.
std::unique_ptr<BaseImage> openScratch(const OpenOptions& options);

/// Opens tar:FILE, any tar of a root file system, compressed or not, as one layer. Reads it for its diff_id,
/// unless that is cached (digest_cache.hh).
std::unique_ptr<BaseImage> openTarImage(const std::string& path, const OpenOptions& options);

/// Opens dir:DIRECTORY, a root file system, as one layer. Reads it for its diff_id. Throws Error{Input}
/// naming what cannot be read.
std::unique_ptr<BaseImage> openDirectory(const std::string& path, const OpenOptions& options);

/// A layer that is computed again each time it is opened, and stored nowhere. It is read once for its
/// diff_id; each later reading must give the same bytes. Throws Error{Resource} beyond `limit` bytes. `what`
/// names it in errors.
BaseLayer rereadLayer(const OpenSource& open, const std::string& what, std::uint64_t limit);

/// A spooled root file system as one layer.
std::unique_ptr<BaseImage> openSpooled(const Spool& spool, const OpenOptions& options);

} // namespace rootlayer::image

#pragma once

#include <memory>
#include <string>

#include "image/base_image.hh"
#include "image/spool.hh"

namespace rootlayer::image {

/// No layers, and nothing in the config.
std::unique_ptr<BaseImage> openScratch(const OpenOptions& options);

/// tar:FILE: any tar of a root file system, compressed or not, as one layer. Read once, for its diff_id.
std::unique_ptr<BaseImage> openTarImage(const std::string& path, const OpenOptions& options);

/// dir:DIRECTORY: a tree as one layer. Read once, for its diff_id; throws Error{Input} naming what cannot be
/// read.
std::unique_ptr<BaseImage> openDirectory(const std::string& path, const OpenOptions& options);

/// A root file system that has been put aside, as one layer.
std::unique_ptr<BaseImage> openSpooled(const Spool& spool, const OpenOptions& options);

} // namespace rootlayer::image

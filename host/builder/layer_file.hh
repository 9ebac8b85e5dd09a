#pragma once

#include <memory>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"

namespace rootlayer::builder {

/// Whether the text is the path of a layer and not an image reference: it has no colon, or such a file
/// exists. "scratch" is a reference.
bool namesLayerFile(const std::string& text);

/// Opens the tar in a layer file, which may be compressed. Throws Error{Input} if it cannot be read.
std::unique_ptr<Source> openLayerFile(const std::string& path, const CancelToken& cancel);

} // namespace rootlayer::builder

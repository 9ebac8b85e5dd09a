#pragma once

#include <memory>
#include <string>

#include "base/stream.hh"

namespace rootlayer::builder {

/// Is it the path of a layer, and no image's reference? A name without a colon is, and one that a file has.
bool namesLayerFile(const std::string& text);

/// The tar of a layer's file, plain or compressed. Throws Error{Input} when it cannot be read.
std::unique_ptr<Source> openLayerFile(const std::string& path);

} // namespace rootlayer::builder

#pragma once

#include <string>
#include <string_view>

#include <rootlayer/api.hh>

namespace rootlayer {

/// The full form of an image's name, as Docker completes it: "alpine" is "docker.io/library/alpine:latest".
/// Text that is no name is returned as it is.
ROOTLAYER_API std::string fullImageName(std::string_view name);

} // namespace rootlayer

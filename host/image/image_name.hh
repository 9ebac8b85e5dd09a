#pragma once

#include <string>
#include <string_view>

namespace rootlayer::image {

/// The full form of an image's name, as Docker completes it: "alpine" is "docker.io/library/alpine:latest".
/// Anything else that is no name comes back as it is.
std::string fullImageName(std::string_view name);

} // namespace rootlayer::image

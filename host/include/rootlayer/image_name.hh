#pragma once

#include <string>
#include <string_view>

#include <rootlayer/api.hh>

namespace rootlayer {

/// An image name in its full form, as Docker completes it: "alpine" becomes
/// "docker.io/library/alpine:latest". Text that is not a name is returned unchanged.
ROOTLAYER_API std::string fullImageName(std::string_view name);

} // namespace rootlayer

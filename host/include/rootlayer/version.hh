#pragma once

#include <rootlayer/api.hh>

namespace rootlayer {

/// The version of the library, such as "0.1.0" (semver.org). A static string.
ROOTLAYER_API const char* version();

/// Whether this build has libvirt, which Settings::connectUri needs.
ROOTLAYER_API bool hasLibvirt();

} // namespace rootlayer

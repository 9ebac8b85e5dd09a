#pragma once

#include <rootlayer/api.hh>

namespace rootlayer {

/// "0.1.0" (semver.org).
ROOTLAYER_API const char* version();

} // namespace rootlayer

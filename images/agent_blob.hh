#pragma once

#include <string_view>

#include "base/digest.hh"

namespace rootlayer::images {

/// The guest agent's static binary. It is linked into the library, so an installed rootlayer needs no other
/// file for it.
std::string_view agentBinary();

/// Its digest, computed at build time.
Digest agentDigest();

} // namespace rootlayer::images

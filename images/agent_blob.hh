#pragma once

#include <string_view>

#include "base/digest.hh"

namespace rootlayer::images {

/// The guest agent's static binary, which is linked into this program so that an installed rootlayer is
/// whole.
std::string_view agentBinary();

/// Its digest, computed when it was built.
Digest agentDigest();

} // namespace rootlayer::images

#include "images/agent_blob.hh"

extern "C" {
// From agent_blob.S.
extern const char rootlayerAgentStart[];
extern const char rootlayerAgentEnd[];
extern const char rootlayerAgentDigest[]; // 64 hex digits
}

namespace rootlayer::images {

std::string_view agentBinary() {
    return {rootlayerAgentStart, static_cast<std::size_t>(rootlayerAgentEnd - rootlayerAgentStart)};
}

Digest agentDigest() {
    return Digest::fromHex({rootlayerAgentDigest, 64});
}

} // namespace rootlayer::images

#include "oci/chain_id.hh"

namespace rootlayer::oci {

std::vector<Digest> chainIds(const std::vector<Digest>& diffIds) {
    std::vector<Digest> result;
    for (const Digest& diffId : diffIds) {
        result.push_back(result.empty() ? diffId : sha256(result.back().str() + " " + diffId.str()));
    }
    return result;
}

} // namespace rootlayer::oci

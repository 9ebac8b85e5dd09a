#pragma once

#include <vector>

#include "base/digest.hh"

namespace rootlayer::oci {

/// Names each stack of layers, bottom first: the first is the first diff_id, the n-th the digest of
/// "CHAINID(n-1) DIFFID(n)" (OCI config.md, "Layer ChainID"). As many as there are diff_ids.
std::vector<Digest> chainIds(const std::vector<Digest>& diffIds);

} // namespace rootlayer::oci

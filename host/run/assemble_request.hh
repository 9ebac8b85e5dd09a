#pragma once

#include <vector>

#include "protocol/messages.hh"
#include "store/layer_store.hh"

namespace rootlayer::run {

/// The request that makes the base of a run: the layers, one behind the other on the first disk, and what no
/// two runs have in common, the time and random bytes. Throws Error{System} if there are none.
protocol::AssembleRequest makeAssembleRequest(const std::vector<store::LayerDisk>& disks);

} // namespace rootlayer::run

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// Reports changes that are not in the layer, one sentence for each kind. Texts of the guest are escaped and
/// truncated.
struct PackNotes {
    std::vector<std::string> warnings;
    std::vector<std::string> notes;

    /// `mostNames`: more than this many files fit into the machine; a count is shown as this at most.
    static PackNotes of(const protocol::PackEnd& end, std::uint64_t mostNames);
};

} // namespace rootlayer::run

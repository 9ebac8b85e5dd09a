#pragma once

#include <string>
#include <vector>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// Reports changes that are not in the layer, one sentence for each kind. Texts of the guest are escaped and
/// truncated.
struct PackNotes {
    std::vector<std::string> warnings;
    std::vector<std::string> notes;

    static PackNotes of(const protocol::PackEnd& end);
};

} // namespace rootlayer::run

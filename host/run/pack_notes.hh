#pragma once

#include <string>
#include <vector>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// What is told of changes that are not in the layer, a sentence for each kind. The guest's texts are escaped
/// and cut.
struct PackNotes {
    std::vector<std::string> warnings;
    std::vector<std::string> notes;

    static PackNotes of(const protocol::PackEnd& end);
};

} // namespace rootlayer::run

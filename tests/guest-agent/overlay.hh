#pragma once

#include <string>

#include "tree.hh"

namespace rootlayer::guest {

/// Runs a shell script on an overlay of trees.lower, with the guest's own mount options, and leaves what
/// changed in trees.upper. False, with a warning, where that cannot be done.
bool changeOnOverlay(const Trees& trees, const std::string& script);

} // namespace rootlayer::guest

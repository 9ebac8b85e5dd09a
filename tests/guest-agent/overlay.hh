#pragma once

#include <string>

#include "tree.hh"

namespace rootlayer::guest {

/// Runs a shell script on an overlay of trees.lower, with the guest's own mount options, and leaves the
/// changes in trees.upper. Returns false, with a warning, if that is not possible.
bool changeOnOverlay(const Trees& trees, const std::string& script);

} // namespace rootlayer::guest

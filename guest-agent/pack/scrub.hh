#pragma once

#include <string>

namespace rootlayer::guest {

/// Removes from upper what differs from run to run and does not belong in a layer. `what` must be "debian":
/// the regular files of layer/debian_traces.hh. /etc/machine-id is emptied, or removed if lower has one.
/// Where a file is removed, lower's file shows again. Both are descriptors of directories, not owned; upper
/// must not be in use by a mounted overlayfs. Follows no symlink. Throws Error{Usage} for another word.
void scrubUpper(int upper, int lower, const std::string& what);

} // namespace rootlayer::guest

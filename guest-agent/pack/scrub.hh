#pragma once

#include <string>

namespace rootlayer::guest {

/// Takes out of upper what differs from run to run and nobody wants in a layer. `what` is "debian": the
/// regular files of layer/debian_traces.hh; /etc/machine-id is emptied, unless lower has one. What lower has
/// of these names shows again. Both are descriptors of directories, not owned; upper must not be mounted as
/// an upper directory. Follows no symlink. Throws Error{Usage} for another word.
void scrubUpper(int upper, int lower, const std::string& what);

} // namespace rootlayer::guest

#pragma once

#include <string>
#include <string_view>

namespace rootlayer::layer {

// What every reader of a foreign tar must decide alike. Go's archive/tar, with which docker, containerd,
// podman and umoci read layers, is the model.

/// The name of an entry as its header block alone gives it: with the prefix of ustar (155 bytes), of star
/// (131 bytes), and of the GNU headers that Go wrote before 1.8, where GNU itself keeps two times.
std::string headerName(std::string_view block);

/// Does data follow a header of this type? The size of any other entry means nothing, whatever it is.
bool hasData(char type);

} // namespace rootlayer::layer

#pragma once

#include <string>
#include <string_view>

namespace rootlayer::layer {

// Rules that every reader of a foreign tar must apply in the same way. The model is Go's archive/tar, which
// docker, containerd, podman and umoci use to read layers.

/// The name in a header block, with the prefix field of ustar (155 bytes), of star (131 bytes), or of the GNU
/// headers that Go wrote before 1.8 (in place of GNU's two times).
std::string headerName(std::string_view block);

/// Does data follow a header of this type? The size field of other types is ignored.
bool hasData(char type);

} // namespace rootlayer::layer

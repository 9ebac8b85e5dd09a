#pragma once

#include <string>
#include <vector>

#include "protocol/messages.hh"

namespace rootlayer::guest {

/// The lower directories of `layers` for overlayfs, top first, relative to /l: "2:1/1:1/0:0" and what comes
/// `last`.
std::string lowerNames(const std::vector<protocol::Section>& layers, const std::string& last);

/// Mounts, of the layers at /l, the base alone at /m (read-only) and the script's root at /r, whose changes
/// go to /s/u (layer-rules W: no redirects, no metacopy). Below the layers lies a skeleton with the mount
/// points, so that nothing has to be made in the upper directory for them (W15).
void mountRoot(const std::vector<protocol::Section>& layers);

/// Takes the script's root away again, for packing.
void unmountRoot();

} // namespace rootlayer::guest

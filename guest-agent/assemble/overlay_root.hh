#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "layer/acl_list.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

/// The lower directories of `layers` for overlayfs, top first, relative to /l: "2:1/1:1/0:0".
std::string lowerNames(const std::vector<protocol::Section>& layers);

/// Mounts, of the layers at /l, the base alone at /m (read-only) and the script's root at /r, whose changes
/// go to /s/u (layer-rules W: no redirects, no metacopy). Above the layers lies a copy of what has one of
/// `acls`, as part of the base; above all lies a skeleton with the mount
/// points that the base lacks, so that nothing has to be made in the upper directory for them (W15). Warns of
/// what of the base it hides (B21).
void mountRoot(const std::vector<protocol::Section>& layers, const std::vector<layer::AclItem>& acls,
               const std::function<void(std::string_view)>& warn);

/// What of the skeleton came to the upper directory and is as it was: empty mount points (W15).
void removeUnusedMountPoints(int upper, int skeleton);

/// Takes the script's root away again, for packing.
void unmountRoot();

} // namespace rootlayer::guest

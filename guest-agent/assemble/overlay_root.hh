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

/// Options of every overlay: no redirects, no metacopy (docs/rules.md, W).
constexpr const char* kOverlayRules = "redirect_dir=nofollow,metacopy=off,index=off,xino=off";

/// The current directory becomes /l, so that the names of lower directories are short, and / again.
void enterLayers();
void leaveLayers();

/// Mounts the base alone, read-only, at /m, from the layers at /l, and makes the upper directory /s/u with
/// the attributes of the base's root directory. If `acls` is not empty, a lower directory above the layers
/// has copies of the files with ACLs, as part of the base. Returns the base's lower directories as
/// lowerNames() does.
std::string mountBase(const std::vector<protocol::Section>& layers, const std::vector<layer::AclItem>& acls,
                      const std::function<void(std::string_view)>& warn);

/// Mounts the script's root at /r, from the base's lower directories and /s/u, which gets its changes. The
/// topmost lower is a skeleton with the mount points that the base lacks, so that nothing must be created in
/// the upper directory for them (W15). Warns about everything of the base that this hides (B21).
void mountRoot(const std::string& lowers, const std::function<void(std::string_view)>& warn);

/// Removes from the upper directory the empty mount points that were copied up from the skeleton and have not
/// changed (W15).
void removeUnusedMountPoints(int upper, int skeleton);

/// Unmounts the script's root, before packing.
void unmountRoot();

} // namespace rootlayer::guest

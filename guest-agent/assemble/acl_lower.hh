#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "layer/acl_list.hh"

namespace rootlayer::guest {

/// Copies what has an ACL in the base, with its ACL, into an empty directory, which is then a lower directory
/// of overlayfs above the base: a squashfs holds no ACLs. Files are copied with their content; directories,
/// and those on the way, alone. `base` and `top` are descriptors, not owned; no symlink is followed in
/// either. Needs /proc. Names that the base does not have, and symlinks, are passed over. Warns once of ACLs
/// that the kernel does not take.
void makeAclLower(int base, int top, const std::vector<layer::AclItem>& items,
                  const std::function<void(std::string_view)>& warn);

/// Gives `to` owner, mode, time and attributes of `from`, but overlayfs' own. Both are descriptors, O_PATH or
/// others. Throws Error{System} naming `path`.
void copyMetadata(int from, int to, std::string_view path);

} // namespace rootlayer::guest

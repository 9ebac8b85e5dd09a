#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "layer/acl_list.hh"

namespace rootlayer::guest {

/// Copies the files of the base that have an ACL, with their ACLs, into an empty directory, which becomes an
/// overlayfs lower directory above the base: squashfs cannot store ACLs. Regular files are copied with their
/// content; of directories, and parents on the way, only the directory itself. `base` and `top` are
/// descriptors, not owned; no symlink in them is followed. Needs /proc. Skips names that the base does not
/// have, and symlinks. Warns once about ACLs that the kernel rejects.
void makeAclLower(int base, int top, const std::vector<layer::AclItem>& items,
                  const std::function<void(std::string_view)>& warn);

/// Copies owner, mode, times and extended attributes from `from` to `to`, except overlayfs's own attributes.
/// Both are descriptors and may be O_PATH. Throws Error{System} naming `path`.
void copyMetadata(int from, int to, std::string_view path);

} // namespace rootlayer::guest

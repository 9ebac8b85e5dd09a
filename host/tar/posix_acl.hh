#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::tar {

/// Converts the text form of a POSIX ACL that tars use (acl(5), long and short text form) to the kernel's
/// extended attribute (linux/posix_acl_xattr.h). nullopt if the text is malformed, or if it identifies users
/// or groups only by name, which means nothing without the image's own passwd and group files.
std::optional<std::string> aclFromText(std::string_view text);

/// Whether the kernel accepts the value as an ACL (posix_acl_valid()). It accepts an empty ACL.
bool isAclBytes(std::string_view value);

/// Whether an extended attribute with this name is an ACL.
bool isAclName(std::string_view name);
/// Whether the kernel accepts the ACL for an entry of this type: a symlink has no ACL, and only a directory
/// has a default ACL.
bool isUsableAcl(layer::EntryType type, std::string_view name, std::string_view value);

} // namespace rootlayer::tar

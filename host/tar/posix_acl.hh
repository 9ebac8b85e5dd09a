#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::tar {

/// A POSIX ACL as the kernel has it in an extended attribute (linux/posix_acl_xattr.h), of the text that tars
/// have (acl(5), "SHORT TEXT FORM" and the long one). nullopt for text that is none, or that tells users or
/// groups by their names alone, which mean nothing without the image's own lists.
std::optional<std::string> aclFromText(std::string_view text);

/// Does the kernel take this for an ACL (posix_acl_valid())? An empty one it does.
bool isAclBytes(std::string_view value);

/// Of an entry's attributes: is it an ACL, by its name?
bool isAclName(std::string_view name);
/// Is it an ACL that the kernel takes, and can such an entry have it (a symlink has none, and a file no
/// default ACL)?
bool isUsableAcl(layer::EntryType type, std::string_view name, std::string_view value);

} // namespace rootlayer::tar

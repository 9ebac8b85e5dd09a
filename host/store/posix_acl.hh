#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::store {

/// A POSIX ACL as the kernel has it in an extended attribute (linux/posix_acl_xattr.h), of the text that tars
/// have (acl(5), "SHORT TEXT FORM" and the long one). nullopt for text that is none, or that tells users or
/// groups by their names alone, which mean nothing without the image's own lists.
std::optional<std::string> aclFromText(std::string_view text);

/// Does the kernel take this for an ACL?
bool isAclBytes(std::string_view value);

} // namespace rootlayer::store

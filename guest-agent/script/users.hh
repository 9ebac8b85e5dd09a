#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace rootlayer::guest {

/// Who runs the script.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< supplementary
    std::string home = "/";
    friend bool operator==(const Identity&, const Identity&) = default;
};

/// "", "name" or "uid", either with ":group" or ":gid", looked up in the texts of the root's /etc/passwd and
/// /etc/group (OCI config.md, "User"): as docker does, a user without a group gets the groups that name it,
/// one with a group that alone; a number need not be listed. Throws Error{Input} for a name that is not.
/// Malformed lines are passed over.
Identity findIdentity(std::string_view user, std::string_view passwd, std::string_view group);

} // namespace rootlayer::guest

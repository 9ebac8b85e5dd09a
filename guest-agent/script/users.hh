#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace rootlayer::guest {

/// The user and groups of the script.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< supplementary
    std::string home = "/";
    friend bool operator==(const Identity&, const Identity&) = default;
};

/// Resolves "", "name" or "uid", optionally with ":group" or ":gid", using the texts of the root's
/// /etc/passwd and /etc/group (OCI config.md, "User"). As in docker, a user without a group gets its groups
/// from /etc/group; a user with a group gets only that one. A number need not be listed. Throws Error{Input}
/// for a name that is not. Skips malformed lines.
Identity findIdentity(std::string_view user, std::string_view passwd, std::string_view group);

} // namespace rootlayer::guest

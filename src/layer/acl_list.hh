#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::layer {

/// The ACLs of one path (layer/acl.hh); "" for an ACL that it does not have.
struct AclItem {
    std::string path; ///< canonical; "" for the root
    std::string access;
    std::string defaults;
    std::uint64_t size = 0; ///< of a file's content, in bytes
    friend bool operator==(const AclItem&, const AclItem&) = default;
};

/// Encodes a list of ACLs. Each item is the size (u64 LE), then the path, access ACL and default ACL, each
/// preceded by its length (u32 LE).
std::string encodeAcls(const std::vector<AclItem>& items);

/// Throws Error{Protocol} if the bytes are truncated.
std::vector<AclItem> decodeAcls(std::string_view bytes);

} // namespace rootlayer::layer

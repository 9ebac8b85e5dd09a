#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::layer {

/// The ACLs of one name (layer/acl.hh); "" for one that it does not have.
struct AclItem {
    std::string path; ///< canonical; "" for the root
    std::string access;
    std::string defaults;
    std::uint64_t size = 0; ///< bytes of a file's content
    friend bool operator==(const AclItem&, const AclItem&) = default;
};

/// A list of ACLs as bytes: for each the size (u64 LE), then path, access and default ACL, each behind its
/// length (u32 LE).
std::string encodeAcls(const std::vector<AclItem>& items);

/// Throws Error{Protocol} for bytes that are no such list.
std::vector<AclItem> decodeAcls(std::string_view bytes);

} // namespace rootlayer::layer

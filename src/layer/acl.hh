#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "layer/entry.hh"

/// POSIX ACLs as the kernel has them in extended attributes (linux/posix_acl_xattr.h).
namespace rootlayer::layer {

inline constexpr const char* kAccessAcl = "system.posix_acl_access";
inline constexpr const char* kDefaultAcl = "system.posix_acl_default";

/// The access ACL that says what the mode says: setting it takes any other away.
std::string minimalAcl(std::uint32_t mode);
/// The default ACL that says nothing: setting it takes any other away.
std::string emptyAcl();

/// Does it say no more than a mode does, or nothing at all? No file has such an ACL.
bool isMinimalAcl(std::string_view value);

/// Does the entry have a default ACL that is not empty?
bool hasDefaultAcl(const Entry& entry);

/// What is made in a directory with a default ACL inherits it. So that whoever extracts a layer gets the tree
/// that was meant, an entry below such a directory has ACLs of its own, if only minimal ones (T13). Entries
/// come in the layer's order.
class InheritedAcls final {
  public:
    /// `root`: the root directory, which has no entry, has a default ACL.
    explicit InheritedAcls(bool root = false) : m_root(root) {}

    /// Gives the entry what it lacks, and tells whether it was anything. Hard links have what the first of
    /// their names has: they are left alone, as are whiteouts and symlinks, which inherit nothing.
    bool complete(Entry& entry);
    /// What is wrong with the entry's ACLs, for people; empty: nothing.
    std::string fault(const Entry& entry);

  private:
    struct Directory {
        std::string path;
        bool hasDefault = false;
    };

    bool inherits(const Entry& entry);

    bool m_root;
    std::vector<Directory> m_above; ///< the directories from the top to the last entry
};

} // namespace rootlayer::layer

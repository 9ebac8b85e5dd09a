#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "layer/entry.hh"

/// POSIX ACLs in the form of the kernel's extended attributes (linux/posix_acl_xattr.h).
namespace rootlayer::layer {

inline constexpr const char* kAccessAcl = "system.posix_acl_access";
inline constexpr const char* kDefaultAcl = "system.posix_acl_default";

/// The access ACL that is equivalent to the mode. Setting it removes any other access ACL.
std::string minimalAcl(std::uint32_t mode);
/// The default ACL without entries. Setting it removes any other default ACL.
std::string emptyAcl();

/// Is the ACL equivalent to a mode, or without entries? A file system stores no such ACL.
bool isMinimalAcl(std::string_view value);

/// Does the entry have a default ACL that is not empty?
bool hasDefaultAcl(const Entry& entry);

/// A new file inherits the default ACL of its directory. So that every extractor restores the intended tree,
/// an entry below a directory with a default ACL has ACLs of its own, minimal ones if need be (T13). Entries
/// must be passed in layer order.
class InheritedAcls final {
  public:
    /// `root`: does the root directory, which has no entry, have a default ACL?
    explicit InheritedAcls(bool root = false) : m_root(root) {}

    /// Adds the ACLs that the entry lacks; returns whether it added any. Leaves hard links alone, which
    /// repeat the ACLs of their target, and whiteouts and symlinks, which inherit nothing.
    bool complete(Entry& entry);
    /// What is wrong with the entry's ACLs, in words; empty if nothing is.
    std::string fault(const Entry& entry);

  private:
    struct Directory {
        std::string path;
        bool hasDefault = false;
    };

    bool inherits(const Entry& entry);

    bool m_root;
    std::vector<Directory> m_above; ///< the directories from the root to the last entry
};

} // namespace rootlayer::layer

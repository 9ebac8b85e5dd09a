#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/fault.hh"
#include "layer/acl.hh"
#include "layer/entry.hh"
#include "layer/keyed_hash.hh"

namespace rootlayer::audit {

/// Checks the entries of one layer against the rules that involve other entries: T1, T2, T8, T13 and those
/// for whiteouts (W1 to W4, W6, W8). Keeps hashes, up to 110 bytes for each entry.
class TreeAudit final {
  public:
    /// Entries come in the order of the tar. The path is canonical and not the root's.
    void next(const layer::Entry& entry, const ReportFault& report);

  private:
    void checkWhiteout(const layer::Entry& entry, const ReportFault& report);
    void checkOrder(const layer::Entry& entry, const ReportFault& report);
    void checkParent(std::string_view parent, const ReportFault& report) const;
    void checkLink(const layer::Entry& entry, const ReportFault& report);
    std::uint64_t identity(std::string_view path, const layer::Entry& metadata) const;

    layer::KeyedHash m_hash;
    layer::InheritedAcls m_acls;
    layer::HashSet m_seen;
    layer::HashSet m_directories;
    layer::HashSet m_removed;
    layer::HashSet m_targets;    ///< names that hard links may point to
    layer::HashSet m_identities; ///< the same names, hashed with their metadata
    std::string m_previous;
};

} // namespace rootlayer::audit

#pragma once

#include <set>
#include <string_view>

#include "audit/fault.hh"
#include "layer/entry.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::audit {

/// What has been reported of an entry already.
struct KnownFaults {
    bool any = false;
    std::set<std::string_view> fields; ///< of the ustar header, by their names in pax(1)
};

/// Reports (T3) what the single rules do not see: bytes of the entry's headers that mean `entry`, whose path
/// is not empty, but are not those that layer::TarWriter writes for it. Known faults are not told again.
void auditBytes(const tar::TarMember& member, const layer::Entry& entry, const KnownFaults& known,
                const ReportFault& report);

} // namespace rootlayer::audit

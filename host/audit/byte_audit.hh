#pragma once

#include <set>
#include <string_view>

#include "audit/fault.hh"
#include "layer/entry.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::audit {

/// The faults of an entry that have been reported already.
struct KnownFaults {
    bool any = false;
    std::set<std::string_view> fields; ///< ustar header fields, named as in pax(1)
};

/// Compares the headers of `member` byte by byte with those that layer::TarWriter writes for `entry`, and
/// reports differences (T3) that no other rule has found. `entry` is what the member means; its path is not
/// empty. `known` faults are not reported again.
void auditBytes(const tar::TarMember& member, const layer::Entry& entry, const KnownFaults& known,
                const ReportFault& report);

} // namespace rootlayer::audit

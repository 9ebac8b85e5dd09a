#pragma once

#include "audit/fault.hh"
#include "layer/entry.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::audit {

/// Checks one entry by itself against the rules T2 to T11 and reports each rule that it breaks. Reports
/// nothing for an entry that layer::TarWriter wrote. Returns what the entry means, with its path made
/// canonical ("" for the root). Throws Error{Image} for pax records that cannot be parsed.
layer::Entry auditEntry(const tar::TarMember& member, const ReportFault& report);

} // namespace rootlayer::audit

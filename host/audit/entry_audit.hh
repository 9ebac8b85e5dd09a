#pragma once

#include "audit/fault.hh"
#include "layer/entry.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::audit {

/// Holds one entry, looked at alone, against the rules T2 to T11, and reports each that it breaks; reports
/// nothing for what layer::TarWriter writes. Returns what the entry means, its path made canonical ("" for
/// the root). Throws Error{Image} for records that cannot be read.
layer::Entry auditEntry(const tar::TarMember& member, const ReportFault& report);

} // namespace rootlayer::audit

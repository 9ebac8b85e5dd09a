#pragma once

#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// Appends the pax records (POSIX pax(1), "pax Extended Header") for what the ustar header of this entry
/// cannot hold, in one fixed order: path, linkpath, size, uid, gid, mtime, then SCHILY.xattr.* by name. Most
/// entries need none.
void appendPaxRecords(std::string& out, const Entry& entry);

/// Puts what records say over what the ustar header said. Throws Error{Layer} for records that cannot be
/// read, that are twice or out of order, or whose key a layer may not have. Forgiving in the rest, as
/// parseUstarHeader is.
void applyPaxRecords(std::string_view records, Entry& entry);

} // namespace rootlayer::layer

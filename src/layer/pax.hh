#pragma once

#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// Appends the pax records (POSIX pax(1), "pax Extended Header") for what the entry's ustar header cannot
/// hold, in a fixed order: path, linkpath, size, uid, gid, mtime, then SCHILY.xattr.* by name. Most entries
/// need none.
void appendPaxRecords(std::string& out, const Entry& entry);

/// Overwrites fields of the entry with the values of pax records. Throws Error{Layer} for records that are
/// malformed, repeated or out of order, or whose key is not allowed in a layer. Otherwise lenient, like
/// parseUstarHeader().
void applyPaxRecords(std::string_view records, Entry& entry);

} // namespace rootlayer::layer

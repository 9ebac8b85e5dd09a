#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rootlayer::tar {

/// The records of one pax extended header (POSIX pax(1)), by key.
using PaxRecords = std::map<std::string, std::string, std::less<>>;

/// Strict: throws Error{Image} for a record that is malformed and for a key that is there twice, which two
/// readers would understand differently. The repeated keys of GNU tar's sparse format 0.0 become the one
/// "GNU.sparse.map" of its 0.1.
PaxRecords parsePaxRecords(std::string_view bytes);

/// Does the key change what an entry is? Global headers may not have such.
bool isMeaningfulPaxKey(std::string_view key);

/// A decimal number without sign, of a record or a sparse map.
std::uint64_t parsePaxNumber(std::string_view text, std::string_view key);

/// A time in seconds with an optional fraction, cut towards the past.
std::int64_t parsePaxTime(std::string_view text);

/// The text itself. Throws Error{Image} that names `what` when it has a NUL byte.
const std::string& withoutNul(const std::string& text, std::string_view what);

} // namespace rootlayer::tar

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rootlayer::tar {

/// The records of one pax extended header (POSIX pax(1)), by key.
using PaxRecords = std::map<std::string, std::string, std::less<>>;

/// Strict: throws Error{Image} for a malformed record and for a repeated key, which readers understand
/// differently. The repeated keys of GNU tar's sparse format 0.0 are converted to the single "GNU.sparse.map"
/// of format 0.1.
PaxRecords parsePaxRecords(std::string_view bytes);

/// Whether the key changes the meaning of an entry. Such keys are not allowed in global headers.
bool isMeaningfulPaxKey(std::string_view key);

/// Parses an unsigned decimal number of a record or a sparse map, at most INT64_MAX. Throws Error{Image}.
std::uint64_t parsePaxNumber(std::string_view text, std::string_view key);

/// Parses a time in seconds with an optional fraction, rounded down. Throws Error{Image}.
std::int64_t parsePaxTime(std::string_view text);

/// Returns `text`. Throws Error{Image} naming `what` if it has a NUL byte.
const std::string& withoutNul(const std::string& text, std::string_view what);

} // namespace rootlayer::tar

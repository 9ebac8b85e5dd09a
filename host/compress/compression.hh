#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer::compress {

enum class Compression { None, Gzip, Zstd, Xz, Bzip2 };

/// Number of leading bytes that identify a compression.
inline constexpr std::size_t kMagicSize = 6;

/// Detects by content; media types and file names are ignored. None if the content is not recognized.
Compression detectCompression(std::string_view firstBytes);

/// A source of the uncompressed bytes. Concatenated gzip members, zstd frames, and xz and bzip2 streams are
/// all read. Trailing junk and a truncated stream are Error{Image} naming `what`. Memory is bounded: a zstd
/// window or an xz dictionary of more than 128 MiB is refused. The source is read to its end.
std::unique_ptr<Source> decompress(std::unique_ptr<Source> source, const std::string& what);

} // namespace rootlayer::compress

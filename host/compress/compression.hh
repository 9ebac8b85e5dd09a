#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer::compress {

enum class Compression { None, Gzip, Zstd, Xz, Bzip2 };

/// How many of a stream's first bytes tell its compression.
inline constexpr std::size_t kMagicSize = 6;

/// By content, whatever a media type or a name says; None for what is not known.
Compression detectCompression(std::string_view firstBytes);

/// The uncompressed bytes. Streams of several members (gzip, zstd, xz, bzip2) are read to the end of the
/// last; junk after it, or an end that is missing, is an Error{Image} naming `what`. Memory is bounded: a
/// zstd window, or an xz dictionary, of more than 128 MiB is refused. The source is read to its end.
std::unique_ptr<Source> decompress(std::unique_ptr<Source> source, const std::string& what);

} // namespace rootlayer::compress

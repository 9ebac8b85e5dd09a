#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::images {

/// The content of a compressed kernel or kernel module (gzip, bzip2, lzma, xz, lz4, zstd; in this process,
/// never through an external program). Throws Error{Input} naming `what` when it is damaged or of another
/// kind, Error{Resource} when it has more than `limit` bytes.
std::string decompressed(std::string_view bytes, std::uint64_t limit, std::string_view what);

} // namespace rootlayer::images

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::images {

/// Decompresses a kernel or kernel module (gzip, bzip2, lzma, xz, lz4, zstd) in this process, never by an
/// external program. Throws Error{Input} naming `what` if it is damaged or in another format, Error{Resource}
/// if the result has more than `limit` bytes.
std::string decompressed(std::string_view bytes, std::uint64_t limit, std::string_view what);

} // namespace rootlayer::images

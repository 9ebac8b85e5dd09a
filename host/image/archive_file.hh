#pragma once

#include <string>
#include <string_view>

#include "base/slice.hh"
#include "image/base_image.hh"

namespace rootlayer::image {

/// Opens an image archive for random access; "-" is stdin. If it is compressed or a pipe, it is first
/// decompressed into a nameless file in the temporary directory. `what` ("docker-archive") is used in errors.
/// Throws Error{Input} if it cannot be opened, Error{Image} if it is damaged or exceeds the limit.
Slice openArchive(const std::string& path, std::string_view what, const OpenOptions& options);

/// The same without decompressing.
Slice openStored(const std::string& path, std::string_view what, const OpenOptions& options);

} // namespace rootlayer::image

#pragma once

#include <string>
#include <string_view>

#include "base/slice.hh"
#include "image/base_image.hh"

namespace rootlayer::image {

/// Opens a file that holds a whole image, or stdin for "-". A compressed or piped one is first unpacked into
/// a nameless file in the temporary directory, so that all is read from where it lies. `what`
/// ("docker-archive") goes into errors. Throws Error{Input} when it cannot be opened, Error{Image} when it is
/// damaged or over the limit.
Slice openArchive(const std::string& path, std::string_view what, const OpenOptions& options);

/// The same, but leaves a compressed file as it is.
Slice openStored(const std::string& path, std::string_view what, const OpenOptions& options);

} // namespace rootlayer::image

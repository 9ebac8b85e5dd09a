#pragma once

#include <string>
#include <string_view>

namespace rootlayer::fuzz {

/// Makes the archive of an image from text that a fuzzer can change without breaking every digest:
///
///     === index.json
///     {"schemaVersion":2,"manifests":[{"digest":"sha256:@1","size":#1, ...
///     === blobs/sha256/@
///     {"schemaVersion":2,"config":{"digest":"sha256:@2","size":#2, ...
///     === blobs/sha256/@
///     ...
///
/// @N is the digest of the file number N, counted from 0, and #N its size, where that file comes later; a
/// lone
/// @ in a name is the digest of that file. At most 10 files.
std::string archiveOf(std::string_view recipe);

} // namespace rootlayer::fuzz

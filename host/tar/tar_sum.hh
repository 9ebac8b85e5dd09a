#pragma once

#include <string>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer::tar {

/// The versions of docker's TarSum.
enum class TarSumVersion {
    V0, ///< "tarsum": with the mtimes, without extended attributes
    V1, ///< "tarsum.v1": without the mtimes, with extended attributes
};

/// TarSum of an uncompressed tar, such as "tarsum.v1+sha256:HEX": a digest of the entries' fields and data
/// that does not depend on their order, except of entries with the same name. `before` is hashed first:
/// docker put a layer's json there, or nothing. Throws Error{Image} for a malformed tar.
std::string tarSum(Source& tar, TarSumVersion version, std::string_view before = {});

} // namespace rootlayer::tar

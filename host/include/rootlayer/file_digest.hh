#pragma once

#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>

namespace rootlayer {

/// What fileDigest() computes.
enum class DigestAlgorithm {
    /// "sha256:HEX" of the file's bytes, as they are.
    Sha256,
    /// docker's TarSum, "tarsum+sha256:HEX": a digest of the entries of a tar, with their mtimes, that does
    /// not depend on their order.
    TarSumV0,
    /// "tarsum.v1+sha256:HEX": the same without the mtimes, and with extended attributes.
    TarSumV1,
};

/// The digest of a file; "-" is standard input. TarSum also reads a compressed tar, and hashes `json`, the
/// text of the layer's legacy json, before it, as docker's checksums of layers did; usually empty. Throws
/// Error: Input if the file cannot be read, Image if it is no tar, Cancelled.
ROOTLAYER_API std::string fileDigest(const std::string& file, DigestAlgorithm algorithm,
                                     const std::string& json = {}, const CancelToken& cancel = {});

} // namespace rootlayer

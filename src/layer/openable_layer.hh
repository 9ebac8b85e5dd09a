#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/digest.hh"
#include "base/stream.hh"

namespace rootlayer::layer {

/// A layer that can be read: the one type in which layers go from images to the cache and to a build.
struct OpenableLayer {
    Digest diffId; ///< of the uncompressed tar (OCI config.md)
    /// Bytes as they are stored: the tar's own size unless it is compressed; 0 when unknown.
    std::uint64_t sizeHint = 0;
    /// The uncompressed tar, as it is: foreign, not validated. Can be called again. The source checks its
    /// bytes at the end: read() throws Error{Image} instead of returning 0 when they are not those of the
    /// diff_id, so nothing that was read counts before the end.
    std::function<std::unique_ptr<Source>()> open;
    /// True if an image's config names the diff_id, false if it was computed from the bytes. If false, data
    /// after the tar's end is an error, and a missing end is reported.
    bool vouched = true;
};

} // namespace rootlayer::layer

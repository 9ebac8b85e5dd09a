#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace rootlayer::tar {

/// How a tar ends. Two zero blocks are its end. docker, containerd, podman and umoci, which use Go's
/// archive/tar, stop there and also accept an end of the bytes between two entries.
struct TarEnd {
    unsigned zeroBlocks = 0;    ///< 0 to 2
    std::uint64_t trailing = 0; ///< bytes after the two blocks, which no reader looks at
    bool junk = false;          ///< the trailing bytes are not all zeros

    bool missing() const { return zeroBlocks < 2; }

    /// Stores it as facts of a cache entry's seal, and reads it back. A regular end adds no facts; trailing
    /// zeros are not stored.
    void writeTo(std::map<std::string, std::string>& facts) const;
    static TarEnd readFrom(const std::map<std::string, std::string>& facts);
};

/// Reads from after the first zero block to the last byte. `piece` returns at most `most` of the next bytes,
/// none at the end of the source. Throws Error{Image} for a single zero block followed by other data, which
/// readers understand differently, for an end that is cut off within a block, for more than 16 MiB of
/// trailing zeros and for more than 1 GiB of trailing bytes.
TarEnd readTarEnd(const std::function<std::string_view(std::uint64_t most)>& piece);

/// For a tar without a trusted digest: throws Error{Image} if junk follows its end.
void requireNothingAfter(const TarEnd& end);
/// A warning for people if `what`, a tar without a trusted digest, lacks its end; else empty.
std::string warningOf(const TarEnd& end, std::string_view what);

} // namespace rootlayer::tar

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace rootlayer::tar {

/// How a tar ends. Two zero blocks are the end; docker, containerd, podman and umoci, which read with Go's
/// archive/tar, stop at them, and take the end of the bytes between two entries for one as well.
struct TarEnd {
    unsigned zeroBlocks = 0;    ///< 0 to 2
    std::uint64_t trailing = 0; ///< bytes after the two, which no reader looks at
    bool junk = false;          ///< they are not all zeros

    bool missing() const { return zeroBlocks < 2; }

    /// As lines of a cache entry's seal, and back; of an end as it should be there is none.
    void writeTo(std::map<std::string, std::string>& facts) const;
    static TarEnd readFrom(const std::map<std::string, std::string>& facts);
};

/// Reads on from the first zero block to the last byte. `piece` gives at most so many bytes of what comes
/// next, none at the source's end. Throws Error{Image} for one zero block with something else behind it,
/// which readers understand differently, for an end that is cut off within a block, for more than 16 MiB of
/// zeros and for more than 1 GiB of anything.
TarEnd readTarEnd(const std::function<std::string_view(std::uint64_t most)>& piece);

/// For a tar that no digest vouches for: throws Error{Image} for what follows its end.
void requireNothingAfter(const TarEnd& end);
/// For the same, and for people: what is odd about the end of `what`; empty when nothing is.
std::string warningOf(const TarEnd& end, std::string_view what);

} // namespace rootlayer::tar

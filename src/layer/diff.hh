#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/layer_reader.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::layer {

/// One difference between two layers.
struct Difference {
    /// Of the entry; raw bytes, to be quoted for display.
    std::string path;
    /// presence, type, mode, uid, gid, size, mtime, link, device, content, or "xattr NAME".
    std::string field;
    std::string a; ///< the value in the first layer, printable
    std::string b; ///< the value in the second layer, printable
};

/// Returns the entries of a layer one by one, in layer order; nullopt after the last.
using NextEntry = std::function<std::optional<DigestedEntry>()>;

/// Compares two layers entry by entry and reports every difference in layer order. If an entry is missing or
/// has another type, only that is reported. Returns the number of differences.
std::uint64_t compareEntries(const NextEntry& a, const NextEntry& b,
                             const std::function<void(const Difference&)>& report);

/// The same for two canonical layers; reads each once. 0 means that their bytes are equal. Throws
/// Error{Layer} naming the layer that is not canonical.
std::uint64_t compareLayers(Source& a, Source& b, const std::function<void(const Difference&)>& report,
                            ValidatorLimits limits = {});

} // namespace rootlayer::layer

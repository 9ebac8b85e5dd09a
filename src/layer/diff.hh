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

/// One thing in which two layers differ.
struct Difference {
    std::string path; ///< of the entry; bytes, to be quoted where people read it
    std::string
        field;     ///< presence, type, mode, uid, gid, size, mtime, link, device, content, or "xattr NAME"
    std::string a; ///< the first layer's; printable
    std::string b; ///< the second's
};

/// Gives the entries of a layer one after another, in layer order; nullopt after the last.
using NextEntry = std::function<std::optional<DigestedEntry>()>;

/// Compares two layers entry by entry, and reports every difference, in layer order. Of an entry that one
/// lacks, or that has another type, nothing else is reported. Returns how many there are.
std::uint64_t compareEntries(const NextEntry& a, const NextEntry& b,
                             const std::function<void(const Difference&)>& report);

/// The same for two canonical layers, while both are read once: 0 means the same bytes. Throws Error{Layer}
/// that says which of the two is no canonical layer.
std::uint64_t compareLayers(Source& a, Source& b, const std::function<void(const Difference&)>& report,
                            ValidatorLimits limits = {});

} // namespace rootlayer::layer

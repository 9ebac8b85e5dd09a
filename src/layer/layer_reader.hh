#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/digest.hh"
#include "base/stream.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::layer {

/// An entry, and for a file the digest of what it holds.
struct DigestedEntry {
    Entry entry;
    Digest content;
};

/// Reads a layer entry by entry. It is a TarValidator: strict, and bounded in memory.
class LayerReader final {
  public:
    /// The source is not owned.
    explicit LayerReader(Source& source, ValidatorLimits limits = {});
    LayerReader(const LayerReader&) = delete;
    LayerReader& operator=(const LayerReader&) = delete;

    /// The next entry, in layer order; nullopt after the last, once the layer was found to be complete.
    /// Throws Error{Layer} for what TarValidator refuses.
    std::optional<DigestedEntry> next();

  private:
    void readMore();
    void begin(const Entry& entry);
    void closeOpen();

    Source& m_source;
    TarValidator m_validator;
    std::vector<char> m_buffer;
    std::optional<Entry> m_open; ///< whose data is on its way
    std::optional<Sha256> m_content;
    std::deque<DigestedEntry> m_ready;
    bool m_ended = false;
};

} // namespace rootlayer::layer

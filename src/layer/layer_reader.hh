#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/digest.hh"
#include "base/stream.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::layer {

/// An entry and, for a file, the digest of its content.
struct DigestedEntry {
    Entry entry;
    Digest content;
};

/// Reads a layer entry by entry. It uses TarValidator: strict, with bounded memory.
class LayerReader final {
  public:
    /// The source is not owned.
    explicit LayerReader(Source& source, ValidatorLimits limits = {});
    LayerReader(const LayerReader&) = delete;
    LayerReader& operator=(const LayerReader&) = delete;

    /// The next entry in layer order; nullopt after the last, when the layer is known to be complete. Throws
    /// Error{Layer} for anything that TarValidator refuses.
    std::optional<DigestedEntry> next();

  private:
    void readMore();
    void begin(const Entry& entry);
    void closeOpen();

    Source& m_source;
    TarValidator m_validator;
    std::vector<char> m_buffer;
    std::optional<Entry> m_open; ///< the entry whose data is being read
    std::optional<Sha256> m_content;
    std::deque<DigestedEntry> m_ready;
    bool m_ended = false;
};

} // namespace rootlayer::layer

#pragma once

#include <memory>

#include "base/stream.hh"
#include "compress/compression.hh"

namespace rootlayer::compress {

/// Compresses what is written, into another sink (not owned).
class Compressor : public Sink {
  public:
    /// Ends the compressed stream. Nothing may be written after it.
    virtual void finish() = 0;
};

/// None passes on, Gzip and Zstd compress; other kinds are only read. The level is pinned, and the bytes are
/// the same on every machine with the same build of the library (libdeflate, libzstd): gzip without time or
/// name, a member for each MiB (RFC 1952 allows any number); zstd in one frame, by two threads.
std::unique_ptr<Compressor> makeCompressor(Compression kind, Sink& to);

} // namespace rootlayer::compress

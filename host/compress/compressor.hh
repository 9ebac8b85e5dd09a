#pragma once

#include <memory>

#include "base/stream.hh"
#include "compress/compression.hh"

namespace rootlayer::compress {

/// Compresses what is written to it into another sink, which is not owned.
class Compressor : public Sink {
  public:
    /// Ends the compressed stream. Nothing may be written after it.
    virtual void finish() = 0;
};

/// None passes bytes through, Gzip and Zstd compress. The other kinds can only be read: Error{Usage}. The
/// level is fixed, and the same build of the library (libdeflate, libzstd) writes the same bytes on every
/// machine: gzip has no time or name and one member for each MiB (RFC 1952 allows any number); zstd is one
/// frame, compressed by two threads.
std::unique_ptr<Compressor> makeCompressor(Compression kind, Sink& to);

} // namespace rootlayer::compress

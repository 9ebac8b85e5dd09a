#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "image/image_draft.hh"
#include "image/layer_blobs.hh"
#include "oci/reference.hh"

namespace rootlayer::image {

/// Writes images to one target. Without commit() nothing is left behind.
class ImageWriter {
  public:
    virtual ~ImageWriter() = default;
    /// The required form of the layers that are passed to write().
    virtual LayerForm layerForm() const = 0;
    /// Writes everything except what makes the images visible. Call it once. Throws Error{Image} if a blob
    /// does not match its descriptor.
    virtual void write(const std::vector<ImageDraft>& images) = 0;
    /// Does the part of commit() that can fail, as far as the target allows it.
    virtual void prepare() {}
    /// Makes the images visible in one step. An existing target is replaced only now.
    virtual void commit() = 0;
    /// The digest of the written file; empty if the target is not a file.
    virtual Digest fileDigest() const { return {}; }
};

struct WriteOptions {
    compress::Compression compression = compress::Compression::None; ///< None, Gzip or Zstd
    std::string temporaryDirectory = "/tmp";
    bool tlsVerify = true;   ///< of a registry
    bool legacyV1 = false;   ///< adds the files of Docker before 1.10 to a docker-archive (legacy_v1.hh)
    int standardOutput = -1; ///< descriptor that a FILE "-" is written to; not owned; -1: none
    CancelToken cancel;
};

/// Parses a target for openImageWriter(). Throws Error{Usage} that lists the kinds of targets; there are
/// fewer than for bases.
oci::Reference outputReference(const std::string& text);

/// Opens a target: docker-archive:FILE[:NAME:TAG], oci-archive:FILE[:TAG], oci:DIR[:TAG],
/// docker://NAME[:TAG]. FILE "-" is stdout. Throws Error{Usage} for other kinds, and an error if the target
/// cannot be written.
std::unique_ptr<ImageWriter> openImageWriter(const oci::Reference& target, const WriteOptions& options);

} // namespace rootlayer::image

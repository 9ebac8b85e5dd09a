#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "image/image_draft.hh"
#include "image/layer_blobs.hh"
#include "oci/reference.hh"

namespace rootlayer::image {

/// One place where images are written to. What is not committed leaves nothing behind.
class ImageWriter {
  public:
    virtual ~ImageWriter() = default;
    /// What the layers given to write() must be like.
    virtual LayerForm layerForm() const = 0;
    /// Writes everything but what makes it visible. Call it once. Checks each blob against its descriptor;
    /// throws Error{Image} for one that is not what it says.
    virtual void write(const std::vector<ImageDraft>& images) = 0;
    /// Does now what can fail of commit(), where that can be told apart.
    virtual void prepare() {}
    /// Makes it visible, in one step. What stood there is replaced only now.
    virtual void commit() = 0;
    /// Of the file that was written; empty where there is none.
    virtual Digest fileDigest() const { return {}; }
};

struct WriteOptions {
    compress::Compression compression = compress::Compression::None; ///< None, Gzip or Zstd
    std::string temporaryDirectory = "/tmp";
    bool tlsVerify = true; ///< of a registry
    CancelToken cancel;
};

/// A place as openImageWriter() takes it. Throws Error{Usage} that lists the kinds of places, which are fewer
/// than those of bases.
oci::Reference outputReference(const std::string& text);

/// Opens a place: docker-archive:FILE[:NAME:TAG], oci-archive:FILE[:TAG], oci:DIR[:TAG], docker://NAME[:TAG];
/// FILE "-" is stdout.
/// Throws Error{Usage} for a kind that holds no images, and refuses a place that cannot be written now.
std::unique_ptr<ImageWriter> openImageWriter(const oci::Reference& target, const WriteOptions& options);

} // namespace rootlayer::image

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "compress/compression.hh"
#include "image/base_image.hh"
#include "image/image_draft.hh"

namespace rootlayer::image {

/// The form in which an output needs its layers.
struct LayerForm {
    /// For uncompressed layers: None, Gzip or Zstd.
    compress::Compression compression = compress::Compression::None;
    /// True: compressed layers for which OCI has a media type (gzip, zstd) are kept as they are, with their
    /// digests. Other layers are decompressed first.
    bool keepCompressed = true;
};

/// Converts layers to blobs in the form that an output needs. Each conversion is done once for all outputs,
/// into a nameless file in the temporary directory.
class LayerBlobs final {
  public:
    /// The observer receives progress in bytes; it may be null.
    LayerBlobs(std::string temporaryDirectory, CancelToken cancel, Observer* observer = nullptr)
        : m_directory(std::move(temporaryDirectory)), m_cancel(std::move(cancel)), m_observer(observer) {}

    /// Adds a blob that exists already, of a layer that was compressed while it was received.
    void put(const Digest& diffId, compress::Compression compression, Blob blob);
    Blob blob(const BaseLayer& layer, const LayerForm& form);
    std::vector<Blob> blobs(const std::vector<BaseLayer>& layers, const LayerForm& form);

  private:
    Blob make(const BaseLayer& layer, compress::Compression compression);

    std::string m_directory;
    CancelToken m_cancel;
    Observer* m_observer;
    std::map<std::pair<Digest, compress::Compression>, Blob> m_made;
};

/// A spooled layer as a blob.
Blob spooledLayer(const Spool& spool, compress::Compression compression, const CancelToken& cancel);

/// An uncompressed spooled layer as a base layer.
BaseLayer spooledBaseLayer(const Spool& spool, const CancelToken& cancel);

} // namespace rootlayer::image

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

/// What an output wants of its layers.
struct LayerForm {
    /// For layers that are stored plain: None, Gzip or Zstd.
    compress::Compression compression = compress::Compression::None;
    /// Layers that are compressed stay as they are, with their digests, if OCI has a media type for them;
    /// else all are unpacked first.
    bool keepCompressed = true;
};

/// Layers as blobs, in the form that an output wants. What has to be packed or unpacked for it is done once
/// for all outputs, and lies in nameless files of the temporary directory.
class LayerBlobs final {
  public:
    /// The observer is told how many bytes were packed or unpacked; it may be null.
    LayerBlobs(std::string temporaryDirectory, CancelToken cancel, Observer* observer = nullptr)
        : m_directory(std::move(temporaryDirectory)), m_cancel(std::move(cancel)), m_observer(observer) {}

    /// What is known already, of a layer that was packed while it came.
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

/// A plain spooled layer, as if it were a base's.
BaseLayer spooledBaseLayer(const Spool& spool, const CancelToken& cancel);

} // namespace rootlayer::image

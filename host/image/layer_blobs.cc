#include "image/layer_blobs.hh"

#include <array>
#include <cstdint>
#include <fmt/format.h>

#include "base/byte_progress.hh"
#include "base/threaded_sink.hh"
#include "compress/compressor.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

std::string_view mediaTypeOf(compress::Compression compression) {
    if (compression == compress::Compression::Gzip) return oci::media_type::kLayerGzip;
    if (compression == compress::Compression::Zstd) return oci::media_type::kLayerZstd;
    return oci::media_type::kLayer;
}

bool hasMediaType(compress::Compression compression) {
    return compression == compress::Compression::Gzip || compression == compress::Compression::Zstd;
}

/// Detected by content: media types are not reliable.
compress::Compression storedCompression(const BaseLayer& layer) {
    std::array<char, compress::kMagicSize> magic{};
    const auto source = layer.openStored();
    return compress::detectCompression({magic.data(), readFully(*source, magic)});
}

Blob layerBlob(const Digest& digest, std::uint64_t size, compress::Compression compression, OpenSource open) {
    oci::Descriptor descriptor;
    descriptor.mediaType = mediaTypeOf(compression);
    descriptor.digest = digest;
    descriptor.size = size;
    return {std::move(descriptor), std::move(open)};
}

} // namespace

Blob spooledLayer(const Spool& spool, compress::Compression compression, const CancelToken& cancel) {
    return layerBlob(spool.digest(), spool.size(), compression, spool.opener(cancel));
}

BaseLayer spooledBaseLayer(const Spool& spool, const CancelToken& cancel) {
    const auto open = spool.opener(cancel);
    return {{spool.digest(), spool.size(), open}, open, spool.digest()};
}

void LayerBlobs::put(const Digest& diffId, compress::Compression compression, Blob blob) {
    m_made.insert_or_assign({diffId, compression}, std::move(blob));
}

Blob LayerBlobs::blob(const BaseLayer& layer, const LayerForm& form) {
    const auto stored = storedCompression(layer);
    if (stored == compress::Compression::None && form.compression == compress::Compression::None) {
        return layerBlob(layer.diffId, layer.sizeHint, compress::Compression::None, layer.open);
    }
    const bool keep = form.keepCompressed && hasMediaType(stored);
    if (keep && !layer.storedDigest.empty())
        return layerBlob(layer.storedDigest, layer.sizeHint, stored, layer.openStored);
    const auto wanted = keep ? stored : form.compression;
    const auto made = m_made.find({layer.diffId, wanted});
    if (made != m_made.end()) return made->second;
    const auto blob = make(layer, wanted);
    put(layer.diffId, wanted, blob);
    return blob;
}

Blob LayerBlobs::make(const BaseLayer& layer, compress::Compression compression) {
    Spool spool(m_directory, fmt::format("the layer {}", layer.diffId.str()));
    const auto compressor = compress::makeCompressor(compression, spool);
    ThreadedSink aside(*compressor);
    const auto tar = layer.open();
    ReportingSource reporting(*tar, m_observer,
                              compression == compress::Compression::None ? "unpack" : "compress");
    copy(reporting, aside);
    aside.finish();
    compressor->finish();
    spool.finish();
    return spooledLayer(spool, compression, m_cancel);
}

std::vector<Blob> LayerBlobs::blobs(const std::vector<BaseLayer>& layers, const LayerForm& form) {
    std::vector<Blob> result;
    for (const BaseLayer& layer : layers)
        result.push_back(blob(layer, form));
    return result;
}

} // namespace rootlayer::image

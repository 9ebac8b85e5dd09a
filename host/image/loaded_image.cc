#include "image/loaded_image.hh"

#include <array>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "compress/compression.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

namespace {

bool isCompressed(const Slice& slice) {
    std::array<char, compress::kMagicSize> magic{};
    return compress::detectCompression({magic.data(), slice.read(0, magic)}) != compress::Compression::None;
}

std::unique_ptr<Source> checkedBytes(const Slice& slice, const StoredLayer& stored,
                                     const OpenOptions& options) {
    auto raw = std::make_unique<SliceSource>(slice, options.cancel);
    Expectation expected{stored.digest, stored.size, ~std::uint64_t{}, stored.what, "the manifest"};
    return std::make_unique<VerifiedSource>(std::move(raw), std::move(expected));
}

std::unique_ptr<Source> openTar(const StoredLayer& stored, const OpenOptions& options) {
    const Slice slice = stored.open();
    const bool compressed = isCompressed(slice);
    // Without compression both digests are of the same bytes: if they are equal, hash only once.
    const bool once = stored.digest.empty() || stored.digest == stored.diffId;
    std::unique_ptr<Source> source;
    if (!compressed && once) {
        source = std::make_unique<SliceSource>(slice, options.cancel);
    } else {
        source = checkedBytes(slice, stored, options);
    }
    if (compressed) {
        source = std::make_unique<CancellableSource>(compress::decompress(std::move(source), stored.what),
                                                     options.cancel);
    }
    Expectation expected{
        stored.diffId, {}, options.limits.layer, stored.what, "the diff_id in the image's config"};
    return std::make_unique<VerifiedSource>(std::move(source), std::move(expected));
}

} // namespace

BaseLayer verifiedLayer(const StoredLayer& stored, const OpenOptions& options) {
    BaseLayer layer;
    layer.diffId = stored.diffId;
    layer.sizeHint = stored.size;
    layer.storedDigest = stored.digest;
    layer.open = [stored, options] { return openTar(stored, options); };
    layer.openStored = [stored, options] { return checkedBytes(stored.open(), stored, options); };
    return layer;
}

void requirePlatform(const oci::ImageConfig& config, const OpenOptions& options, const std::string& what) {
    if (oci::matches(config.platform(), options.platform)) return;
    const std::string found = config.platform().str();
    throw Error(ErrorCode::Platform,
                fmt::format("{} is for {}, but {} is needed", what, found, options.platform.str()),
                fmt::format("use another image, or --platform {}", found));
}

void requireFewLayers(std::size_t layers, const std::string& what) {
    if (layers <= kMaxLayers) return;
    throw Error(ErrorCode::Image,
                fmt::format("{} has an image of {} layers; at most {} are read", what, layers, kMaxLayers));
}

void requireLayerCount(const oci::ImageConfig& config, std::size_t layers, const std::string& what) {
    requireFewLayers(layers, what);
    if (config.diffIds().size() == layers) return;
    throw Error(ErrorCode::Image, fmt::format("{} has {} layers, but its config has {} diff_ids", what,
                                              layers, config.diffIds().size()));
}

} // namespace rootlayer::image

#include "image/single_layer.hh"

#include <cstdint>
#include <fmt/format.h>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "compress/compression.hh"
#include "image/archive_file.hh"
#include "image/digest_cache.hh"
#include "image/directory_source.hh"
#include "image/layer_blobs.hh"
#include "image/loaded_image.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

namespace {

std::unique_ptr<BaseImage> oneLayer(BaseLayer layer, const OpenOptions& options) {
    auto config = oci::ImageConfig::empty(options.platform);
    Json history = Json::object();
    history.set("comment", Json::string("a root file system"));
    config.addLayer(layer.diffId, std::move(history));
    std::vector<BaseLayer> layers;
    layers.push_back(std::move(layer));
    return std::make_unique<LoadedImage>(std::move(config), std::move(layers));
}

} // namespace

std::unique_ptr<BaseImage> openScratch(const OpenOptions& options) {
    return std::make_unique<LoadedImage>(oci::ImageConfig::empty(options.platform), std::vector<BaseLayer>());
}

std::unique_ptr<BaseImage> openTarImage(const std::string& path, const OpenOptions& options) {
    const Slice file = openStored(path, "tar", options);
    auto plain = compress::decompress(std::make_unique<SliceSource>(file, options.cancel), file.name);
    plain = std::make_unique<CancellableSource>(std::move(plain), options.cancel);
    VerifiedSource bounded(std::move(plain), {{}, {}, options.limits.layer, file.name, {}});
    const auto diffId = DigestCache(options.workspace.digestCache)
                            .of(
                                file, [&] { return sha256(bounded); }, "tar:" + path);
    StoredLayer stored{[file] { return file; }, file.size, diffId, {}, file.name};
    auto layer = verifiedLayer(stored, options);
    layer.vouched = false;
    return oneLayer(std::move(layer), options);
}

std::unique_ptr<BaseImage> openDirectory(const std::string& path, const OpenOptions& options) {
    const auto open = [path, options] { return std::make_unique<DirectorySource>(path, options.cancel); };
    Sha256 hash;
    copy(*open(), hash);
    const std::uint64_t size = hash.bytes();
    const Digest diffId = hash.finish();
    const auto openVerified = [=]() -> std::unique_ptr<Source> {
        Expectation expected{diffId, size, options.limits.layer, fmt::format("the directory {}", quote(path)),
                             "its first reading"};
        return std::make_unique<VerifiedSource>(open(), std::move(expected));
    };
    return oneLayer({{diffId, size, openVerified}, openVerified}, options);
}

std::unique_ptr<BaseImage> openSpooled(const Spool& spool, const OpenOptions& options) {
    return oneLayer(spooledBaseLayer(spool, options.cancel), options);
}

} // namespace rootlayer::image

#include "image/single_layer.hh"

#include <cstdint>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

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

/// A second reading of bytes whose digest is known.
class UnchangedSource final : public Source {
  public:
    UnchangedSource(std::unique_ptr<Source> source, Digest digest, std::uint64_t size, std::string what)
        : m_source(std::move(source)), m_digest(std::move(digest)), m_size(size), m_what(std::move(what)) {}

    std::size_t read(std::span<char> buffer) override {
        const auto got = m_ended ? 0 : m_source->read(buffer);
        m_hash.write({buffer.data(), got});
        if (m_hash.bytes() > m_size) refuse();
        if (got == 0 && !std::exchange(m_ended, true) && m_hash.finish() != m_digest) refuse();
        return got;
    }

  private:
    [[noreturn]] void refuse() const {
        throw Error(ErrorCode::Input, fmt::format("{} changed while it was read", m_what),
                    "stop all writers to it and try again");
    }

    std::unique_ptr<Source> m_source;
    Digest m_digest;
    std::uint64_t m_size;
    std::string m_what;
    Sha256 m_hash;
    bool m_ended = false;
};

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

BaseLayer rereadLayer(const OpenSource& open, const std::string& what, std::uint64_t limit) {
    Sha256 hash;
    copy(*open(), hash);
    const std::uint64_t size = hash.bytes();
    const Digest diffId = hash.finish();
    if (size > limit)
        throw Error(ErrorCode::Resource, fmt::format("{} is larger than {} bytes", what, limit));
    const auto again = [=] { return std::make_unique<UnchangedSource>(open(), diffId, size, what); };
    return {{diffId, size, again}, again, diffId};
}

std::unique_ptr<BaseImage> openDirectory(const std::string& path, const OpenOptions& options) {
    const auto open = [path, options] { return std::make_unique<DirectorySource>(path, options.cancel); };
    return oneLayer(rereadLayer(open, fmt::format("the directory {}", quote(path)), options.limits.layer),
                    options);
}

std::unique_ptr<BaseImage> openSpooled(const Spool& spool, const OpenOptions& options) {
    return oneLayer(spooledBaseLayer(spool, options.cancel), options);
}

} // namespace rootlayer::image

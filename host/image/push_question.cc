#include "image/push_question.hh"

#include <cstdint>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "image/image_files.hh"
#include "image/layout_documents.hh"
#include "image/skopeo.hh"
#include "oci/image_config.hh"
#include "oci/manifest.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

constexpr const char* kTag = "question";
constexpr std::uint64_t kSize = 1024;

/// The digest of a blob that no registry has.
Digest nobodysDigest() {
    return Digest::fromHex(std::string(64, '0'));
}

oci::Descriptor described(std::string_view mediaType, const std::string& document) {
    oci::Descriptor descriptor;
    descriptor.mediaType = mediaType;
    descriptor.digest = sha256(document);
    descriptor.size = document.size();
    return descriptor;
}

void makeLayout(const std::string& directory) {
    auto config = oci::ImageConfig::empty({});
    config.addLayer(nobodysDigest(), Json::object());
    oci::Descriptor layer;
    layer.mediaType = oci::media_type::kLayerGzip;
    layer.digest = nobodysDigest();
    layer.size = kSize;
    const auto document = oci::Manifest{
        std::string(oci::media_type::kManifest),
        described(oci::media_type::kConfig, config.write()),
        {layer},
        {}}.write();
    auto manifest = described(oci::media_type::kManifest, document);
    manifest.annotations[oci::kRefName] = kTag;
    makeDirectories(directory + "/blobs/sha256");
    writeFile(directory + "/" + kLayoutName, R"({"imageLayoutVersion":"1.0.0"})");
    writeFile(directory + "/" + blobName(manifest.digest), document);
    writeFile(directory + "/" + blobName(sha256(config.write())), config.write());
    writeFile(directory + "/" + kIndexName, oci::Index{{}, {manifest}, {}}.write());
}

} // namespace

void askToPush(const std::string& image, const std::string& directory, const WriteOptions& options) {
    makeLayout(directory);
    const Skopeo skopeo({.tlsVerify = options.tlsVerify, .cancel = options.cancel});
    skopeo.ask(directory + ":" + kTag, image, nobodysDigest());
}

} // namespace rootlayer::image

#include "image/archive_consistency.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/image_name.hh"

namespace rootlayer::image {

namespace {

[[noreturn]] void refuse(const ImageFiles& files, std::string_view why) {
    throw Error(
        ErrorCode::Image,
        fmt::format("{}: manifest.json and index.json describe different images: {}", files.what(), why),
        "create the archive again with one tool");
}

void checkLayers(const ImageFiles& files, const DockerImage& image, const oci::Manifest& manifest) {
    if (image.layers.size() != manifest.layers.size()) {
        refuse(files,
               fmt::format("one has {} layers, the other {}", image.layers.size(), manifest.layers.size()));
    }
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        files.checkCancelled();
        const oci::Descriptor& layer = manifest.layers[i];
        const Digest named = digestInLayerName(image.layers[i]);
        const bool otherDigest = !named.empty() && named != layer.digest;
        if (otherDigest || files.open(image.layers[i]).size != layer.size) {
            refuse(files, fmt::format("layer {} is {} in one and {} in the other", i + 1,
                                      quote(image.layers[i]), layer.digest.str()));
        }
    }
}

} // namespace

std::optional<IndexedImage> requireIndexAgrees(LayoutDocuments& documents, const DockerImage& image,
                                               const Digest& config) {
    const ImageFiles& files = *documents.files();
    if (!files.has(kIndexName)) return std::nullopt;
    const IndexedImages indexed(documents);
    if (indexed.images().empty()) return std::nullopt;
    const auto twin =
        std::find_if(indexed.images().begin(), indexed.images().end(),
                     [&](const IndexedImage& one) { return one.manifest->config.digest == config; });
    if (twin == indexed.images().end())
        refuse(files, fmt::format("the config {} is only in manifest.json", config.str()));
    // A tag that is in both files must mean the same image.
    const auto names = indexed.names(config);
    for (const std::string& tag : image.tags) {
        files.checkCancelled();
        const auto named = names.find(fullImageName(tag));
        if (named != names.end() && !named->second)
            refuse(files, fmt::format("the name {} has different configs", quote(tag)));
    }
    checkLayers(files, image, *twin->manifest);
    return *twin;
}

// If an image is for several platforms, manifest.json has only one of them, possibly not the chosen one. Then
// it is enough that index.json also has that one.
void requireDockerManifestAgrees(LayoutDocuments& documents, const oci::Manifest& manifest) {
    const ImageFiles& files = *documents.files();
    if (!files.has(kDockerManifestName)) return;
    const IndexedImages indexed(documents);
    DockerConfigs configs(files);
    for (const DockerImage& image : readDockerManifest(files)) {
        const Digest config = configs.digest(image.config);
        if (config == manifest.config.digest) return checkLayers(files, image, manifest);
        if (!indexed.hasConfig(config)) {
            refuse(files, fmt::format("the config {} is only in manifest.json", config.str()));
        }
    }
}

} // namespace rootlayer::image

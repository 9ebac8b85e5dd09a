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

bool hasConfig(const std::vector<IndexedImage>& images, const Digest& config) {
    return std::any_of(images.begin(), images.end(),
                       [&](const IndexedImage& image) { return image.manifest.config.digest == config; });
}

// A tag that is in both files must mean the same image.
void checkTag(const ImageFiles& files, const std::vector<IndexedImage>& images, const std::string& tag,
              const Digest& config) {
    std::vector<IndexedImage> named;
    std::copy_if(images.begin(), images.end(), std::back_inserter(named), [&](const IndexedImage& image) {
        return !image.name.empty() && fullImageName(image.name) == fullImageName(tag);
    });
    if (!named.empty() && !hasConfig(named, config)) {
        refuse(files, fmt::format("the name {} has different configs", quote(tag)));
    }
}

void checkLayers(const ImageFiles& files, const DockerImage& image, const oci::Manifest& manifest) {
    if (image.layers.size() != manifest.layers.size()) {
        refuse(files,
               fmt::format("one has {} layers, the other {}", image.layers.size(), manifest.layers.size()));
    }
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
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

std::optional<IndexedImage> requireIndexAgrees(const ImageFiles& files, const DockerImage& image,
                                               const Digest& config) {
    if (!files.has(kIndexName)) return std::nullopt;
    const std::vector<IndexedImage> images = imagesOf(files);
    if (images.empty()) return std::nullopt;
    const auto twin = std::find_if(images.begin(), images.end(), [&](const IndexedImage& indexed) {
        return indexed.manifest.config.digest == config;
    });
    if (twin == images.end())
        refuse(files, fmt::format("the config {} is only in manifest.json", config.str()));
    for (const std::string& tag : image.tags)
        checkTag(files, images, tag, config);
    checkLayers(files, image, twin->manifest);
    return *twin;
}

// If an image is for several platforms, manifest.json has only one of them, possibly not the chosen one. Then
// it is enough that index.json also has that one.
void requireDockerManifestAgrees(const ImageFiles& files, const oci::Manifest& manifest) {
    if (!files.has(kDockerManifestName)) return;
    const std::vector<IndexedImage> images = imagesOf(files);
    for (const DockerImage& image : readDockerManifest(files)) {
        const Digest config = sha256(readDockerConfig(files, image));
        if (config == manifest.config.digest) return checkLayers(files, image, manifest);
        if (!hasConfig(images, config)) {
            refuse(files, fmt::format("the config {} is only in manifest.json", config.str()));
        }
    }
}

} // namespace rootlayer::image

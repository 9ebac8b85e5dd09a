#include "image/oci_image.hh"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/archive_consistency.hh"
#include "image/archive_file.hh"
#include "image/loaded_image.hh"
#include "image/manifest_choice.hh"
#include "image/oci_index.hh"

#include "oci/field.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

void requireLayout(const ImageFiles& files, const std::string& path) {
    if (!files.has(kLayoutName)) {
        const bool docker = files.has(kDockerManifestName);
        const bool isDirectory = std::filesystem::is_directory(path);
        throw Error(ErrorCode::Image,
                    fmt::format("{} has no file \"oci-layout\", so it is not an OCI layout", files.what()),
                    docker ? fmt::format("it is from 'docker save': use docker-archive:{}", escaped(path))
                           : fmt::format("if it is a root file system, use {}:{}",
                                         isDirectory ? "dir" : "tar", escaped(path)));
    }
    const std::string what = fmt::format("\"oci-layout\" of {}", files.what());
    const Json json = Json::parse(files.document(kLayoutName), what);
    const std::string version = oci::Fields(json, what).text("imageLayoutVersion");
    if (version != "1.0.0")
        throw Error(ErrorCode::Image, fmt::format("{} has the unknown version {}", what, quote(version)));
}

StoredLayer storedLayer(const std::shared_ptr<const ImageFiles>& files, const oci::Descriptor& layer,
                        std::size_t at, const Digest& diffId) {
    const Slice slice = files->blob(layer);
    // Opened at each reading: an image may have more layers than a process may have open files.
    return {[files, layer] { return files->blob(layer); }, layer.size, diffId, layer.digest,
            fmt::format("layer {} ({})", at + 1, slice.name)};
}

bool leadsTo(const ImageFiles& files, const oci::Descriptor& top, const Digest& manifest) {
    if (top.digest == manifest) return true;
    if (!oci::media_type::isIndex(top.mediaType) || !files.has(blobName(top.digest))) return false;
    const auto nested = readIndex(files, top).manifests;
    return std::any_of(nested.begin(), nested.end(), [&](const auto& one) { return one.digest == manifest; });
}

std::vector<std::string> namesOf(const ImageFiles& files, const Digest& manifest) {
    std::vector<std::string> names;
    for (const oci::Descriptor& top : readTopIndex(files).manifests) {
        const auto full = top.annotation(oci::kImageName);
        auto name = full.empty() ? top.annotation(oci::kRefName) : full;
        if (!name.empty() && leadsTo(files, top, manifest)) names.push_back(std::move(name));
    }
    return names;
}

} // namespace

std::unique_ptr<BaseImage> openOciFiles(const std::shared_ptr<const ImageFiles>& files,
                                        const oci::Reference& reference, const OpenOptions& options) {
    requireLayout(*files, reference.path);
    const oci::Descriptor descriptor = chooseManifest(*files, reference, options.platform);
    const oci::Manifest manifest = readManifest(*files, descriptor);
    auto config = oci::ImageConfig::parse(
        files->blobDocument(manifest.config),
        fmt::format("the config {} of {}", manifest.config.digest.str(), files->what()));
    requirePlatform(config, options, files->what());
    requireLayerCount(config, manifest.layers.size(), files->what());
    requireDockerManifestAgrees(*files, manifest);
    std::vector<BaseLayer> layers;
    for (const oci::Descriptor& layer : manifest.layers) {
        const std::size_t at = layers.size();
        layers.push_back(verifiedLayer(storedLayer(files, layer, at, config.diffIds()[at]), options));
    }
    return std::make_unique<LoadedImage>(
        std::move(config), std::move(layers), descriptor.digest, manifest.config.digest,
        namesOf(*files, descriptor.digest),
        Documents{files->blobDocument(descriptor), files->blobDocument(manifest.config)});
}

std::unique_ptr<BaseImage> openOciLayout(const oci::Reference& reference, const OpenOptions& options) {
    return openOciFiles(
        std::make_shared<const ImageFiles>(ImageFiles::inDirectory(reference.path, "OCI layout")), reference,
        options);
}

std::unique_ptr<BaseImage> openOciArchive(const oci::Reference& reference, const OpenOptions& options) {
    const Slice archive = openArchive(reference.path, "oci-archive", options);
    return openOciFiles(std::make_shared<const ImageFiles>(ImageFiles::inArchive(archive, options.cancel)),
                        reference, options);
}

} // namespace rootlayer::image

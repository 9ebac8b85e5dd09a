#include "image/oci_image.hh"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/archive_consistency.hh"
#include "image/archive_file.hh"
#include "image/loaded_image.hh"
#include "image/manifest_choice.hh"
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
    const Json json = files.parse(files.document(kLayoutName), quote(kLayoutName));
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

/// The names in index.json that lead to a manifest, itself or through an index.
class NamesOf final {
  public:
    NamesOf(LayoutDocuments& documents, const Digest& manifest)
        : m_documents(documents), m_files(*documents.files()), m_manifest(manifest) {}

    std::vector<std::string> run() {
        std::vector<std::string> names;
        for (const oci::Descriptor& top : m_documents.top().manifests) {
            m_files.checkCancelled();
            const auto full = top.annotation(oci::kImageName);
            auto name = full.empty() ? top.annotation(oci::kRefName) : full;
            if (!name.empty() && leadsTo(top)) names.push_back(std::move(name));
        }
        return names;
    }

  private:
    // Many names may lead to one index: it is searched once.
    bool leadsTo(const oci::Descriptor& top) {
        if (top.digest == m_manifest) return true;
        if (!oci::media_type::isIndex(top.mediaType)) return false;
        const auto known = m_indexes.find(top.digest);
        if (known != m_indexes.end()) return known->second;
        return m_indexes[top.digest] = m_files.has(blobName(top.digest)) && has(m_documents.index(top));
    }
    bool has(const oci::Index& index) const {
        return std::any_of(index.manifests.begin(), index.manifests.end(),
                           [&](const oci::Descriptor& one) { return one.digest == m_manifest; });
    }

    LayoutDocuments& m_documents;
    const ImageFiles& m_files;
    const Digest& m_manifest;
    std::map<Digest, bool> m_indexes; ///< whether they lead to it
};

} // namespace

std::unique_ptr<BaseImage> openOciFiles(LayoutDocuments& documents, const oci::Reference& reference,
                                        const OpenOptions& options) {
    const auto& files = documents.files();
    requireLayout(*files, reference.path);
    const oci::Descriptor descriptor = chooseManifest(documents, reference, options.platform);
    const oci::Manifest& manifest = documents.manifest(descriptor);
    requireFewLayers(manifest.layers.size(), files->what());
    const std::string name = fmt::format("the config {}", manifest.config.digest.str());
    std::string text = files->blobDocument(manifest.config);
    auto config =
        oci::ImageConfig::from(files->parse(text, name), fmt::format("{} of {}", name, files->what()));
    requirePlatform(config, options, files->what());
    requireLayerCount(config, manifest.layers.size(), files->what());
    requireDockerManifestAgrees(documents, manifest);
    std::vector<BaseLayer> layers;
    for (const oci::Descriptor& layer : manifest.layers) {
        const std::size_t at = layers.size();
        layers.push_back(verifiedLayer(storedLayer(files, layer, at, config.diffIds()[at]), options));
    }
    return std::make_unique<LoadedImage>(std::move(config), std::move(layers), descriptor.digest,
                                         manifest.config.digest, NamesOf(documents, descriptor.digest).run(),
                                         Documents{files->blobDocument(descriptor), std::move(text)});
}

std::unique_ptr<BaseImage> openOciLayout(const oci::Reference& reference, const OpenOptions& options) {
    LayoutDocuments documents(std::make_shared<const ImageFiles>(
        ImageFiles::inDirectory(reference.path, "OCI layout", options.cancel)));
    return openOciFiles(documents, reference, options);
}

std::unique_ptr<BaseImage> openOciArchive(const oci::Reference& reference, const OpenOptions& options) {
    const Slice archive = openArchive(reference.path, "oci-archive", options);
    LayoutDocuments documents(
        std::make_shared<const ImageFiles>(ImageFiles::inArchive(archive, options.cancel)));
    return openOciFiles(documents, reference, options);
}

} // namespace rootlayer::image

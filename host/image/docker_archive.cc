#include "image/docker_archive.hh"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/archive_consistency.hh"
#include "image/archive_file.hh"
#include "image/image_name.hh"
#include "image/loaded_image.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kListed = 10;     // names in a message
constexpr std::size_t kShownName = 400; // longer than any valid name

/// An image of the archive. Its config is not kept: an archive may have many images.
struct Candidate {
    DockerImage image;
    Digest config;
};
using Candidates = std::vector<const Candidate*>;

std::string shown(const std::string& tag) {
    return escaped(std::string_view(tag).substr(0, kShownName));
}

std::string list(const Candidates& candidates) {
    std::vector<std::string> names;
    for (const Candidate* candidate : candidates) {
        const auto& tags = candidate->image.tags;
        if (tags.empty()) names.push_back("@" + candidate->config.str());
        for (std::size_t i = 0; i < tags.size() && names.size() <= kListed; ++i)
            names.push_back(shown(tags[i]));
        if (names.size() > kListed) {
            names.resize(kListed);
            names.emplace_back("...");
            break;
        }
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

void requireManifest(const ImageFiles& files, const std::string& path) {
    if (files.has(kDockerManifestName)) return;
    const std::string hint = files.has(kLayoutName)
                                 ? fmt::format("it is an OCI layout: use oci-archive:{}", escaped(path))
                                 : fmt::format("if it is a root file system, use tar:{}", escaped(path));
    throw Error(ErrorCode::Image,
                fmt::format("{} has no manifest.json, so it is not a docker-archive; it has {}", files.what(),
                            escaped(fmt::format("{}", fmt::join(files.someNames(), ", ")))),
                hint);
}

std::vector<Candidate> candidates(const ImageFiles& files) {
    DockerConfigs configs(files);
    std::vector<Candidate> result;
    for (DockerImage& image : readDockerManifest(files)) {
        const Digest config = configs.digest(image.config);
        result.push_back({std::move(image), config});
    }
    return result;
}

/// Which images a reference means.
class Wanted final {
  public:
    Wanted(LayoutDocuments& documents, const oci::Reference& reference)
        : m_name(fullImageName(reference.selector)), m_any(reference.selector.empty()),
          m_digest(reference.digest) {
        if (!m_digest || !documents.files()->has(kIndexName)) return;
        const IndexedImages indexed(documents);
        if (const IndexedImage* image = indexed.find(*m_digest)) m_config = image->manifest->config.digest;
    }
    bool fits(const Candidate& candidate) const { return isNamed(candidate) && hasDigest(candidate); }

  private:
    bool isNamed(const Candidate& candidate) const {
        const auto& tags = candidate.image.tags;
        return m_any || std::any_of(tags.begin(), tags.end(),
                                    [&](const std::string& tag) { return fullImageName(tag) == m_name; });
    }
    bool hasDigest(const Candidate& candidate) const {
        return !m_digest || candidate.config == *m_digest || candidate.config == m_config;
    }

    std::string m_name;
    bool m_any;
    std::optional<Digest> m_digest;
    Digest m_config; ///< of the manifest that has the digest; empty if there is none
};

Candidate choose(LayoutDocuments& documents, const oci::Reference& reference) {
    const ImageFiles& files = *documents.files();
    const std::vector<Candidate> all = candidates(files);
    const Wanted wanted(documents, reference);
    Candidates every;
    Candidates fitting;
    for (const Candidate& candidate : all) {
        files.checkCancelled();
        every.push_back(&candidate);
        if (wanted.fits(candidate)) fitting.push_back(&candidate);
    }
    if (fitting.empty()) {
        throw Error(ErrorCode::Usage, fmt::format("{} has no image {}", files.what(), quote(reference.str())),
                    "it has: " + list(every));
    }
    if (fitting.size() > 1) {
        throw Error(ErrorCode::Usage,
                    fmt::format("{} has {} images, and {} does not say which: {}", files.what(),
                                fitting.size(), quote(reference.str()), list(fitting)),
                    fmt::format("choose one: docker-archive:{}:NAME:TAG", escaped(reference.path)));
    }
    return *fitting.front();
}

StoredLayer storedLayer(const std::shared_ptr<const ImageFiles>& files, const Candidate& chosen,
                        std::size_t at, const std::optional<IndexedImage>& twin, const Digest& diffId) {
    const std::string name = chosen.image.layers[at];
    const Slice slice = files->open(name);
    const Digest digest = twin ? twin->manifest->layers[at].digest : digestInLayerName(name);
    return {[slice] { return slice; }, slice.size, diffId, digest,
            fmt::format("layer {} ({})", at + 1, slice.name)};
}

} // namespace

std::unique_ptr<BaseImage> openDockerArchive(const oci::Reference& reference, const OpenOptions& options) {
    const auto files = std::make_shared<const ImageFiles>(
        ImageFiles::inArchive(openArchive(reference.path, "docker-archive", options), options.cancel));
    requireManifest(*files, reference.path);
    LayoutDocuments documents(files);
    const Candidate chosen = choose(documents, reference);
    std::string text = readDockerConfig(*files, chosen.image.config, chosen.config);
    const std::string name = fmt::format("the config {}", quote(chosen.image.config));
    auto config =
        oci::ImageConfig::from(files->parse(text, name), fmt::format("{} of {}", name, files->what()));
    requirePlatform(config, options, files->what());
    requireLayerCount(config, chosen.image.layers.size(), files->what());
    const auto twin = requireIndexAgrees(documents, chosen.image, chosen.config);
    std::vector<BaseLayer> layers;
    for (const Digest& diffId : config.diffIds()) {
        layers.push_back(verifiedLayer(storedLayer(files, chosen, layers.size(), twin, diffId), options));
    }
    return std::make_unique<LoadedImage>(std::move(config), std::move(layers), twin ? twin->digest : Digest(),
                                         chosen.config, chosen.image.tags, Documents{{}, std::move(text)});
}

} // namespace rootlayer::image

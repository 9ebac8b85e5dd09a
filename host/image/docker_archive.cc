#include "image/docker_archive.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/archive_consistency.hh"
#include "image/archive_file.hh"
#include "image/image_name.hh"
#include "image/loaded_image.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kListed = 10;

/// An image of the archive, with its unmodified config.
struct Candidate {
    DockerImage image;
    std::string config;
    Digest configDigest;
};

std::string list(const std::vector<Candidate>& candidates) {
    std::vector<std::string> names;
    for (const Candidate& candidate : candidates) {
        if (names.size() == kListed) {
            names.emplace_back("...");
            break;
        }
        for (const std::string& tag : candidate.image.tags)
            names.push_back(escaped(tag));
        if (candidate.image.tags.empty()) names.push_back("@" + candidate.configDigest.str());
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
    std::vector<Candidate> result;
    for (DockerImage& image : readDockerManifest(files)) {
        std::string config = readDockerConfig(files, image);
        Digest digest = sha256(config);
        result.push_back({std::move(image), std::move(config), std::move(digest)});
    }
    return result;
}

bool isNamed(const Candidate& candidate, const std::string& name) {
    const auto& tags = candidate.image.tags;
    return std::any_of(tags.begin(), tags.end(),
                       [&](const std::string& tag) { return fullImageName(tag) == fullImageName(name); });
}

bool hasDigest(const Candidate& candidate, const Digest& digest, const std::vector<IndexedImage>& indexed) {
    return candidate.configDigest == digest ||
           std::any_of(indexed.begin(), indexed.end(), [&](const IndexedImage& image) {
               return image.descriptor.digest == digest &&
                      image.manifest.config.digest == candidate.configDigest;
           });
}

Candidate choose(const ImageFiles& files, const oci::Reference& reference) {
    const std::vector<Candidate> all = candidates(files);
    const auto indexed =
        reference.digest && files.has(kIndexName) ? imagesOf(files) : std::vector<IndexedImage>();
    std::vector<Candidate> fitting;
    for (const Candidate& candidate : all) {
        const bool named = reference.selector.empty() || isNamed(candidate, reference.selector);
        if (named && (!reference.digest || hasDigest(candidate, *reference.digest, indexed))) {
            fitting.push_back(candidate);
        }
    }
    if (all.empty())
        throw Error(ErrorCode::Image, fmt::format("{} has no image in its manifest.json", files.what()),
                    "it may be incomplete");
    if (fitting.empty()) {
        throw Error(ErrorCode::Usage, fmt::format("{} has no image {}", files.what(), quote(reference.str())),
                    "it has: " + list(all));
    }
    if (fitting.size() > 1) {
        throw Error(ErrorCode::Usage,
                    fmt::format("{} has {} images, and {} does not say which: {}", files.what(),
                                fitting.size(), quote(reference.str()), list(fitting)),
                    fmt::format("choose one: docker-archive:{}:NAME:TAG", escaped(reference.path)));
    }
    return fitting.front();
}

StoredLayer storedLayer(const std::shared_ptr<const ImageFiles>& files, const Candidate& chosen,
                        std::size_t at, const std::optional<IndexedImage>& twin, const Digest& diffId) {
    const std::string name = chosen.image.layers[at];
    const Slice slice = files->open(name);
    const Digest digest = twin ? twin->manifest.layers[at].digest : digestInLayerName(name);
    return {[slice] { return slice; }, slice.size, diffId, digest,
            fmt::format("layer {} ({})", at + 1, slice.name)};
}

} // namespace

std::unique_ptr<BaseImage> openDockerArchive(const oci::Reference& reference, const OpenOptions& options) {
    const auto files = std::make_shared<const ImageFiles>(
        ImageFiles::inArchive(openArchive(reference.path, "docker-archive", options), options.cancel));
    requireManifest(*files, reference.path);
    const Candidate chosen = choose(*files, reference);
    auto config = oci::ImageConfig::parse(
        chosen.config, fmt::format("the config {} of {}", quote(chosen.image.config), files->what()));
    requirePlatform(config, options, files->what());
    requireLayerCount(config, chosen.image.layers.size(), files->what());
    const auto twin = requireIndexAgrees(*files, chosen.image, chosen.configDigest);
    std::vector<BaseLayer> layers;
    for (const Digest& diffId : config.diffIds()) {
        layers.push_back(verifiedLayer(storedLayer(files, chosen, layers.size(), twin, diffId), options));
    }
    return std::make_unique<LoadedImage>(std::move(config), std::move(layers),
                                         twin ? twin->descriptor.digest : Digest(), chosen.configDigest,
                                         chosen.image.tags, Documents{{}, chosen.config});
}

} // namespace rootlayer::image

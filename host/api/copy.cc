#include <rootlayer/copy.hh>

#include <fmt/format.h>
#include <memory>

#include <rootlayer/error.hh>

#include "api/observed_call.hh"
#include "base/escape.hh"
#include "builder/image_output.hh"
#include "builder/open_base.hh"
#include "image/base_image.hh"
#include "image/image_name.hh"
#include "image/image_writer.hh"
#include "oci/manifest.hh"
#include "run/phase_clock.hh"

namespace rootlayer {

namespace {

using Bases = std::vector<std::unique_ptr<image::BaseImage>>;

builder::OpenRequest openRequest(const CopySpec& spec, Observer& observer, const CancelToken& cancel) {
    return {.platform = oci::Platform::parse(spec.platform),
            .tlsVerify = spec.tlsVerify,
            .cancel = cancel,
            .observer = &observer};
}

/// The names to keep. A layout's names may be tags only, which have no meaning elsewhere.
std::vector<std::string> ownNames(const image::BaseImage& image) {
    std::vector<std::string> names;
    for (const auto& name : image.names()) {
        if (name.find_first_of(":/") != std::string::npos) names.push_back(image::checkedImageName(name));
    }
    return names;
}

std::map<std::string, std::string> annotationsOf(const image::BaseImage& image) {
    const auto& manifest = image.documents().manifest;
    if (manifest.empty()) return {};
    return oci::Manifest::parse(manifest, "the manifest").annotations;
}

void requireOneOfEach(const std::vector<image::ImageDraft>& drafts) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        for (const auto& name : drafts[i].names) {
            const auto [first, isNew] = seen.emplace(image::fullImageName(name), i);
            if (isNew || first->second == i) continue;
            throw Error(ErrorCode::Usage,
                        fmt::format("image {} and image {} are both called {}", first->second + 1, i + 1,
                                    quote(name)),
                        "rename one of them first");
        }
    }
}

CopiedImage describe(const image::ImageDraft& draft, const image::BaseImage& base) {
    const auto documents = image::documentsOf(draft);
    const auto& source = base.manifestDigest();
    CopiedImage image{documents.manifest.descriptor.digest.str(),
                      documents.config.descriptor.digest.str(),
                      source.empty() ? "" : source.str(),
                      draft.names,
                      draft.layers.size(),
                      0};
    for (const auto& layer : draft.layers)
        image.bytes += layer.descriptor.size;
    return image;
}

CopyResult copyNow(const CopySpec& spec, const Settings& settings, Observer& observer,
                   const CancelToken& cancel) {
    run::PhaseClock clock(observer);
    const auto names = builder::checkedNames(spec.names);
    builder::noteLowerCase(spec.names, names, observer);
    const auto writer =
        image::openImageWriter(image::outputReference(spec.output),
                               builder::writeOptions(spec.compression, spec.tlsVerify, settings, cancel));
    image::LayerBlobs blobs(settings.temporaryDirectory, cancel, &observer);
    std::vector<image::ImageDraft> drafts;
    CopyResult result;
    Bases bases;
    for (const auto& reference : spec.images) {
        clock.begin("base");
        bases.push_back(builder::openBase(reference, openRequest(spec, observer, cancel), settings));
        const auto& base = *bases.back();
        clock.begin("layers");
        drafts.push_back({base.config(), blobs.blobs(base.layers(), writer->layerForm()), annotationsOf(base),
                          names.empty() ? ownNames(base) : names, base.documents().config,
                          base.documents().manifest});
        result.images.push_back(describe(drafts.back(), base));
    }
    requireOneOfEach(drafts);
    clock.begin("image");
    writer->write(drafts);
    result.fileDigest = writer->fileDigest().empty() ? "" : writer->fileDigest().str();
    if (!spec.expectedFile.empty() && result.fileDigest != spec.expectedFile) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} would have the digest {}, but {} is expected", quote(spec.output),
                                result.fileDigest.empty() ? "of no file" : result.fileDigest,
                                spec.expectedFile),
                    "the image has changed, or was locked for another kind of output or name");
    }
    clock.begin("publish");
    writer->prepare();
    const bool pushes = spec.output.starts_with("docker://");
    if (pushes) writer->commit();
    clock.end();
    if (spec.beforePublishing) spec.beforePublishing(result);
    if (!pushes) writer->commit();
    return result;
}

Outcome outcomeOf(const CopySpec& spec, const CopyResult& result) {
    Outcome outcome;
    for (const auto& image : result.images)
        outcome.products.push_back(
            {"image", spec.output, image.manifestDigest, image.bytes, image.layers, image.names});
    return outcome;
}

} // namespace

CopyResult copyImages(const CopySpec& spec, const Settings& settings, Observer& observer,
                      const CancelToken& cancel) {
    return api::observedCall(
        observer, [&] { return copyNow(spec, settings, observer, cancel); },
        [&](const CopyResult& result) { return outcomeOf(spec, result); });
}

} // namespace rootlayer

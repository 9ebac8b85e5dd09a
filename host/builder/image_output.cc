#include "builder/image_output.hh"

#include <fmt/format.h>
#include <set>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "builder/build_step.hh"
#include "builder/config_edit.hh"
#include "image/image_name.hh"

namespace rootlayer::builder {

namespace {

BuiltOutput described(const std::string& reference, const image::ImageDraft& draft, std::size_t newLayers) {
    BuiltOutput result;
    result.reference = reference;
    result.manifestDigest = image::documentsOf(draft).manifest.descriptor.digest.str();
    for (std::size_t i = 0; i < draft.layers.size(); ++i) {
        const auto& descriptor = draft.layers[i].descriptor;
        result.layers.push_back({draft.config.diffIds()[i].str(), descriptor.digest.str(),
                                 descriptor.mediaType, descriptor.size,
                                 i + newLayers >= draft.layers.size()});
    }
    return result;
}

compress::Compression compressionOf(LayerCompression compression) {
    switch (compression) {
    case LayerCompression::Gzip:
        return compress::Compression::Gzip;
    case LayerCompression::Zstd:
        return compress::Compression::Zstd;
    case LayerCompression::None:
        break;
    }
    return compress::Compression::None;
}

} // namespace

struct ImageOutput::Packing {
    Packing(compress::Compression kind, const std::string& directory)
        : compression(kind), spool(directory, "the new layer"),
          compressor(compress::makeCompressor(compression, spool)), aside(*compressor) {}

    compress::Compression compression;
    image::Spool spool;
    std::unique_ptr<compress::Compressor> compressor;
    ThreadedSink aside;
};

image::WriteOptions writeOptions(LayerCompression compression, bool tlsVerify, const Settings& settings,
                                 const CancelToken& cancel) {
    return {.compression = compressionOf(compression),
            .temporaryDirectory = settings.temporaryDirectory,
            .tlsVerify = tlsVerify,
            .standardOutput = settings.standardOutput,
            .cancel = cancel};
}

bool namesImage(const std::string& output) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz-";
    const auto colon = output.find_first_not_of(letters);
    return colon != std::string::npos && colon > 0 && output[colon] == ':';
}

std::vector<std::string> checkedNames(const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (const auto& name : names)
        result.push_back(image::checkedImageName(name));
    return result;
}

std::vector<std::string> namesByDigest(const std::vector<std::string>& names, const Digest& config) {
    constexpr std::size_t digits = 32;
    if (names.empty())
        throw Error(ErrorCode::Usage, "--tag-by-digest is given without a name", "--name NAME");
    auto tagged = names;
    for (auto& name : tagged) {
        if (image::hasTag(name)) {
            throw Error(ErrorCode::Usage,
                        fmt::format("--tag-by-digest is given, but the name {} has a tag", quote(name)),
                        "leave the tag or --tag-by-digest out");
        }
        name += ":" + config.hex().substr(0, digits);
    }
    return checkedNames(tagged);
}

void noteLowerCase(const std::vector<std::string>& given, const std::vector<std::string>& names,
                   Observer& observer) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].starts_with(given[i])) continue;
        const auto text = fmt::format("the image's name {} becomes {}", quote(given[i]), names[i]);
        observer.onEvent({.kind = Event::Kind::Note, .text = text});
    }
}

ImageOutput::ImageOutput(const BuildSpec& spec, const Settings& settings, Observer& observer,
                         const CancelToken& cancel)
    : m_blobs(settings.temporaryDirectory, cancel, &observer), m_cancel(cancel) {
    spec.tagByDigest ? namesByDigest(spec.names, sha256("")) : checkedNames(spec.names); // refuses early
    auto options = writeOptions(spec.compression, spec.tlsVerify, settings, cancel);
    options.legacyV1 = spec.legacyV1;
    for (const auto& output : spec.outputs) {
        if (namesImage(output))
            m_places.push_back({output, image::openImageWriter(image::outputReference(output), options)});
    }
    if (m_places.empty() || (!spec.run.hasScripts() && !hasContents(spec))) return;
    std::set<compress::Compression> forms{compress::Compression::None};
    for (const auto& place : m_places)
        forms.insert(place.writer->layerForm().compression);
    for (const auto form : forms)
        m_packings.push_back(std::make_unique<Packing>(form, settings.temporaryDirectory));
}

ImageOutput::~ImageOutput() = default;

std::vector<Sink*> ImageOutput::layerSinks() {
    std::vector<Sink*> sinks;
    for (const auto& packing : m_packings)
        sinks.push_back(&packing->aside);
    return sinks;
}

void ImageOutput::finishLayer(const Digest& diffId) {
    for (auto& packing : m_packings) {
        packing->aside.finish();
        packing->compressor->finish();
        packing->spool.finish();
        const auto blob = image::spooledLayer(packing->spool, packing->compression, m_cancel);
        m_blobs.put(diffId, packing->compression, blob);
        if (packing->compression != compress::Compression::None) continue;
        m_newLayer = image::spooledBaseLayer(packing->spool, m_cancel);
    }
}

image::BaseLayer ImageOutput::newLayer() const {
    return m_newLayer;
}

std::vector<BuiltOutput> ImageOutput::write(const oci::ImageConfig& config,
                                            const std::vector<image::BaseLayer>& layers,
                                            std::size_t newLayers, const ImageChanges& changes,
                                            const std::vector<std::string>& names) {
    std::vector<BuiltOutput> results;
    for (auto& place : m_places) {
        const image::ImageDraft draft{config, m_blobs.blobs(layers, place.writer->layerForm()),
                                      pairsOf(changes.annotations, "--annotation"), names};
        place.writer->write({draft});
        results.push_back(described(place.reference, draft, newLayers));
    }
    return results;
}

void ImageOutput::prepare() {
    for (auto& place : m_places)
        place.writer->prepare();
}

void ImageOutput::push() {
    for (auto& place : m_places) {
        if (place.isRegistry()) place.writer->commit();
    }
}

void ImageOutput::commit() {
    for (auto& place : m_places) {
        if (!place.isRegistry()) place.writer->commit();
    }
}

} // namespace rootlayer::builder

#include <cstdint>
#include <rootlayer/export.hh>

#include <fmt/format.h>
#include <optional>

#include <rootlayer/error.hh>

#include "api/observed_call.hh"
#include "base/byte_progress.hh"
#include "base/escape.hh"
#include "base/output_file.hh"
#include "builder/base_layers.hh"
#include "builder/open_base.hh"
#include "disk/disk_output.hh"
#include "image/base_image.hh"
#include "oci/reference.hh"
#include "run/phase_clock.hh"
#include "store/directory_output.hh"
#include "store/flat_tree.hh"

namespace rootlayer {

namespace {

/// Writes the tar to the output of the spec and computes its digest.
class TarOutput final : public Sink {
  public:
    TarOutput(const ExportSpec& spec, const Settings& settings, Observer& observer,
              const CancelToken& cancel) {
        if (!spec.outputDisk.empty()) {
            m_disk.emplace(spec.outputDisk, spec.diskSize, settings, observer, cancel);
        } else if (!spec.outputDirectory.empty()) {
            m_directory.emplace(spec.outputDirectory);
        } else if (spec.outputFd >= 0) {
            m_stream.emplace(spec.outputFd, "the output");
        } else if (!spec.output.empty()) {
            m_file.emplace(spec.output);
        }
    }
    void begin(const store::TreeExtent& extent) {
        if (m_disk) m_disk->begin(extent);
    }
    void write(std::string_view bytes) override {
        m_hash.write(bytes);
        if (m_file) m_file->write(bytes);
        if (m_stream) m_stream->write(bytes);
        if (m_directory) m_directory->write(bytes);
        if (m_disk) m_disk->write(bytes);
    }
    ExportResult result(std::uint64_t entries) {
        const auto bytes = m_hash.bytes();
        return {m_hash.finish().str(), bytes, entries};
    }
    void prepare() {
        if (m_file) m_file->prepare();
    }
    void commit() {
        if (m_file) m_file->commit();
        if (m_directory) m_directory->commit();
        if (m_disk) m_disk->commit();
    }

  private:
    std::optional<OutputFile> m_file;
    std::optional<FdSink> m_stream;
    std::optional<store::DirectoryOutput> m_directory;
    std::optional<disk::DiskOutput> m_disk;
    Sha256 m_hash;
};

builder::OpenRequest openRequest(const ExportSpec& spec, Observer& observer, const CancelToken& cancel) {
    return {.platform = oci::Platform::parse(spec.platform),
            .tlsVerify = spec.tlsVerify,
            .cancel = cancel,
            .observer = &observer};
}

void addLayers(store::FlatTree& tree, const image::BaseImage& image, Observer& observer) {
    std::size_t number = 0;
    for (const auto& layer : image.layers()) {
        try {
            ++number;
            const auto tar = layer.open();
            ReportingSource reporting(*tar, &observer, "layers");
            builder::addBaseLayer(tree, layer, reporting, &observer);
        } catch (Error& error) {
            error.addContext(fmt::format("layer {} ({})", number, layer.diffId.str()));
            throw;
        }
    }
}

/// Warns about ACLs: tar in libguestfs' appliance does not set them.
void noteAcls(std::uint64_t count, Observer& observer) {
    const auto text = fmt::format("the disk does not have the POSIX ACLs of {} files and directories", count);
    observer.onEvent({.kind = Event::Kind::Warning, .text = text});
}

ExportResult exportNow(const ExportSpec& spec, const Settings& settings, Observer& observer,
                       const CancelToken& cancel) {
    const bool cached = !spec.outputDisk.empty() || spec.image.starts_with("disk:");
    if (cached && !settings.cacheNotice.empty())
        observer.onEvent({.kind = Event::Kind::Warning, .text = settings.cacheNotice});
    // Opened first, so that a bad path is refused before anything is read.
    TarOutput output(spec, settings, observer, cancel);
    run::PhaseClock clock(observer);
    clock.begin("base");
    const auto image = builder::openBase(spec.image, openRequest(spec, observer, cancel), settings);
    clock.begin("layers");
    store::FileSpool spool(settings.temporaryDirectory);
    store::FlatTree tree(&spool, &cancel);
    try {
        addLayers(tree, *image, observer);
    } catch (Error& error) {
        error.addContext("the image " + quote(spec.image));
        throw;
    }
    clock.begin("write");
    const auto extent = tree.extent();
    if (!spec.outputDisk.empty() && extent.acls > 0) noteAcls(extent.acls, observer);
    output.begin(extent);
    auto result = output.result(tree.write(output));
    clock.end();
    output.prepare();
    if (spec.beforePublishing) spec.beforePublishing(result);
    output.commit();
    return result;
}

Outcome outcomeOf(const ExportSpec& spec, const ExportResult& result) {
    Product product{"tar", spec.output, result.digest, result.bytes, result.entries, {}};
    if (!spec.outputDisk.empty()) {
        product.kind = "disk";
        product.place = spec.outputDisk;
    } else if (!spec.outputDirectory.empty()) {
        product.kind = "directory";
        product.place = spec.outputDirectory;
    } else if (spec.outputFd >= 0) {
        product.place = "-";
    }
    return {.products = {product}};
}

} // namespace

ExportResult exportImage(const ExportSpec& spec, const Settings& settings, Observer& observer,
                         const CancelToken& cancel) {
    return api::observedCall(
        observer, [&] { return exportNow(spec, settings, observer, cancel); },
        [&](const ExportResult& result) { return outcomeOf(spec, result); });
}

} // namespace rootlayer

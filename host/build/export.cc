#include <rootlayer/export.hh>

#include <fmt/format.h>
#include <optional>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/output_file.hh"
#include "build/folder_output.hh"
#include "build/phase_clock.hh"
#include "image/base_image.hh"
#include "oci/reference.hh"
#include "store/flat_tree.hh"

namespace rootlayer {

namespace {

/// Where the tar goes, and its digest.
class TarOutput final : public Sink {
  public:
    explicit TarOutput(const ExportSpec& spec) {
        if (!spec.outputFolder.empty()) {
            m_folder.emplace(spec.outputFolder);
        } else if (spec.outputFd >= 0) {
            m_stream.emplace(spec.outputFd, "the output");
        } else if (!spec.output.empty()) {
            m_file.emplace(spec.output);
        }
    }
    void write(std::string_view bytes) override {
        m_hash.write(bytes);
        if (m_file) m_file->write(bytes);
        if (m_stream) m_stream->write(bytes);
        if (m_folder) m_folder->write(bytes);
    }
    ExportResult commit(std::uint64_t entries) {
        if (m_file) m_file->commit();
        if (m_folder) m_folder->commit();
        const auto bytes = m_hash.bytes();
        return {m_hash.finish().str(), bytes, entries};
    }

  private:
    std::optional<OutputFile> m_file;
    std::optional<FdSink> m_stream;
    std::optional<build::FolderOutput> m_folder;
    Sha256 m_hash;
};

image::OpenOptions openOptions(const ExportSpec& spec, const Settings& settings, const CancelToken& cancel) {
    image::OpenOptions options;
    options.platform = oci::Platform::parse(spec.platform);
    options.temporaryFolder = settings.temporaryFolder;
    options.tlsVerify = spec.tlsVerify;
    options.cancel = cancel;
    return options;
}

void addLayers(store::FlatTree& tree, const image::BaseImage& image) {
    std::size_t number = 0;
    for (const auto& layer : image.layers()) {
        try {
            ++number;
            const auto tar = layer.open();
            tree.add(*tar);
        } catch (Error& error) {
            throw error.addContext(fmt::format("layer {} ({})", number, layer.diffId.str()));
        }
    }
}

} // namespace

ExportResult exportImage(const ExportSpec& spec, const Settings& settings, Observer& observer,
                         const CancelToken& cancel) {
    // Refuses a bad place before anything is read.
    TarOutput output(spec);
    build::PhaseClock clock(observer);
    clock.begin("base");
    const auto image =
        image::openBase(oci::Reference::parse(spec.image), openOptions(spec, settings, cancel));
    clock.begin("layers");
    store::FileSpool spool(settings.temporaryFolder);
    store::FlatTree tree(&spool, &cancel);
    try {
        addLayers(tree, *image);
    } catch (Error& error) {
        throw error.addContext("the image " + quote(spec.image));
    }
    clock.begin("write");
    const auto entries = tree.write(output);
    clock.end();
    return output.commit(entries);
}

} // namespace rootlayer

#include "image/archive_writer.hh"

#include <cstdint>
#include <fmt/format.h>
#include <set>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/json.hh"
#include "base/threaded_sink.hh"
#include "compress/compressor.hh"
#include "image/docker_manifest.hh"
#include "image/image_files.hh"
#include "image/image_name.hh"
#include "image/index_entries.hh"
#include "image/layout_documents.hh"
#include "image/legacy_v1.hh"
#include "layer/tar_writer.hh"

namespace rootlayer::image {

namespace {

using Files = std::map<std::string, ArchiveMember>;

void addBlob(Files& files, const Blob& blob) {
    files.emplace(blobName(blob.descriptor.digest), ArchiveMember{blob, {}});
}

void addDocument(Files& files, const std::string& name, std::string bytes) {
    files.insert_or_assign(name, ArchiveMember{documentBlob(std::move(bytes), {}), {}});
}

/// Adds what Docker before 1.10 reads. The layers are links to the blobs. Returns the topmost layer's ID,
/// empty if there is none.
std::string addLegacyFiles(Files& files, const ImageDraft& image) {
    const auto layers = legacyLayers(image.config);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto& directory = layers[i].id;
        files.emplace(directory, ArchiveMember{});
        addDocument(files, directory + "/VERSION", std::string(kLegacyVersion));
        addDocument(files, directory + "/json", layers[i].json);
        files.emplace(directory + "/layer.tar",
                      ArchiveMember{{}, "../" + blobName(image.layers[i].descriptor.digest)});
    }
    return layers.empty() ? "" : layers.back().id;
}

Json dockerEntry(const ImageDraft& image, const ImageDocuments& documents,
                 const std::vector<std::string>& names) {
    std::vector<std::string> layers;
    for (const Blob& layer : image.layers)
        layers.push_back(blobName(layer.descriptor.digest));
    Json entry = Json::object();
    entry.set("Config", Json::string(blobName(documents.config.descriptor.digest)));
    entry.set("RepoTags", Json::strings(names));
    entry.set("Layers", Json::strings(layers));
    return entry;
}

/// Writes the data of a TarWriter's current entry.
class EntryData final : public Sink {
  public:
    explicit EntryData(layer::TarWriter& tar) : m_tar(tar) {}
    void write(std::string_view bytes) override { m_tar.data(bytes); }

  private:
    layer::TarWriter& m_tar;
};

void addFile(layer::TarWriter& tar, const std::string& name, const Blob& blob) {
    constexpr std::uint32_t mode = 0644;
    tar.add({.path = name, .type = layer::EntryType::File, .mode = mode, .size = blob.descriptor.size});
    EntryData data(tar);
    copy(*blob.open(), data);
}

void addDirectory(layer::TarWriter& tar, const std::string& name) {
    constexpr std::uint32_t mode = 0755;
    tar.add({.path = name, .type = layer::EntryType::Directory, .mode = mode});
}

void addLink(layer::TarWriter& tar, const std::string& name, const std::string& target) {
    constexpr std::uint32_t mode = 0777;
    tar.add({.path = name, .type = layer::EntryType::Symlink, .mode = mode, .linkTarget = target});
}

void addMember(layer::TarWriter& tar, const std::string& name, const ArchiveMember& member) {
    if (member.blob) return addFile(tar, name, *member.blob);
    member.linkTarget.empty() ? addDirectory(tar, name) : addLink(tar, name, member.linkTarget);
}

} // namespace

ArchiveWriter::ArchiveWriter(const oci::Reference& target, const WriteOptions& options)
    : m_target(target), m_options(options) {
    if (!m_target.selector.empty()) {
        if (isDocker()) {
            m_target.selector = checkedImageName(m_target.selector);
        } else {
            requireTag(m_target.selector);
        }
    }
    if (m_target.path == "-") {
        m_stream.emplace(options.standardOutput, "standard output");
    } else {
        m_file.emplace(m_target.path);
    }
}

LayerForm ArchiveWriter::layerForm() const {
    if (isDocker()) return {compress::Compression::None, false};
    return {m_options.compression, true};
}

void ArchiveWriter::passOn(std::string_view bytes) {
    m_hash.write(bytes);
    if (m_file) m_file->write(bytes);
    if (m_stream) m_stream->write(bytes);
}

void ArchiveWriter::write(const std::vector<ImageDraft>& images) {
    Files files{{"blobs", {}}, {"blobs/sha256", {}}};
    Json index = emptyIndex();
    Json docker = Json::array();
    std::vector<LegacyName> legacyNames;
    for (const ImageDraft& image : images) {
        const auto documents = documentsOf(image);
        for (const Blob& layer : image.layers)
            addBlob(files, layer);
        addBlob(files, documents.config);
        addBlob(files, documents.manifest);
        auto names = image.names;
        if (isDocker() && !m_target.selector.empty()) names.push_back(m_target.selector);
        putEntries(index,
                   indexEntries(documents.manifest.descriptor, names, isDocker() ? "" : m_target.selector),
                   kIndexName);
        docker.append(dockerEntry(image, documents, names));
        if (!m_options.legacyV1 || !isDocker()) continue;
        const auto id = addLegacyFiles(files, image);
        for (const auto& name : id.empty() ? std::vector<std::string>() : names)
            legacyNames.push_back({name, id});
    }
    if (m_options.legacyV1 && isDocker())
        addDocument(files, std::string(kRepositoriesName), legacyRepositories(legacyNames));
    addDocument(files, kIndexName, index.write());
    addDocument(files, kLayoutName, kLayoutFile);
    if (isDocker()) addDocument(files, kDockerManifestName, docker.write());
    FunctionSink output([this](std::string_view bytes) { passOn(bytes); });
    const auto compressor =
        compress::makeCompressor(isDocker() ? m_options.compression : compress::Compression::None, output);
    ThreadedSink aside(*compressor);
    writeTar(files, aside);
    aside.finish();
    compressor->finish();
    m_digest = m_hash.finish();
}

void ArchiveWriter::writeTar(const Files& files, Sink& to) const {
    layer::TarWriter tar(to);
    for (const auto& [name, member] : files) {
        m_options.cancel.check();
        addMember(tar, name, member);
    }
    tar.finish();
}

void ArchiveWriter::prepare() {
    if (m_file) m_file->prepare();
}

void ArchiveWriter::commit() {
    if (m_file) m_file->commit();
}

} // namespace rootlayer::image

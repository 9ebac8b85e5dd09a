#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/output_file.hh"
#include "image/image_writer.hh"

namespace rootlayer::image {

/// A file of an archive; without a blob a symlink, or a directory.
struct ArchiveMember {
    std::optional<Blob> blob = {};
    std::string linkTarget = {};
};

/// Writes docker-archives and oci-archives: the files of an OCI layout as one canonical tar, so the same
/// images give the same bytes. A docker-archive also has a manifest.json that describes the same images as
/// index.json, as Docker 25 writes it, so it does not matter which of the two a program reads. Layers of a
/// docker-archive are uncompressed, and the archive as a whole may be compressed, as with `docker save |
/// gzip`. Layers of an oci-archive are compressed one by one.
class ArchiveWriter final : public ImageWriter {
  public:
    /// Throws Error{Input} if the file cannot be written.
    ArchiveWriter(const oci::Reference& target, const WriteOptions& options);

    LayerForm layerForm() const override;
    void write(const std::vector<ImageDraft>& images) override;
    void prepare() override;
    void commit() override;
    Digest fileDigest() const override { return m_digest; }

  private:
    bool isDocker() const { return m_target.kind == oci::ReferenceKind::DockerArchive; }
    void passOn(std::string_view bytes);
    void writeTar(const std::map<std::string, ArchiveMember>& files, Sink& to) const;

    oci::Reference m_target;
    WriteOptions m_options;
    std::optional<OutputFile> m_file;
    std::optional<FdSink> m_stream;
    Sha256 m_hash;
    Digest m_digest;
};

} // namespace rootlayer::image

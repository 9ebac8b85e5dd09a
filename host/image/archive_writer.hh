#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/output_file.hh"
#include "image/image_writer.hh"

namespace rootlayer::image {

/// Writes docker-archives and oci-archives: the files of an OCI layout as one canonical tar, of which two
/// makings are the same bytes. A docker-archive has a manifest.json besides, which tells the same as
/// index.json, as Docker 25's has: whichever of the two a program reads, it finds the same image.
/// A docker-archive's layers are plain, and the compression is that of the whole archive, as
/// `docker save | gzip` has it; an oci-archive's layers are compressed one by one.
class ArchiveWriter final : public ImageWriter {
  public:
    /// Throws Error{Input} when the file cannot be written.
    ArchiveWriter(const oci::Reference& target, const WriteOptions& options);

    LayerForm layerForm() const override;
    void write(const std::vector<ImageDraft>& images) override;
    void prepare() override;
    void commit() override;
    Digest fileDigest() const override { return m_digest; }

  private:
    bool isDocker() const { return m_target.kind == oci::ReferenceKind::DockerArchive; }
    void passOn(std::string_view bytes);
    void writeTar(const std::map<std::string, Blob>& files, Sink& to) const;

    oci::Reference m_target;
    WriteOptions m_options;
    std::optional<OutputFile> m_file;
    std::optional<FdSink> m_stream;
    Sha256 m_hash;
    Digest m_digest;
};

} // namespace rootlayer::image

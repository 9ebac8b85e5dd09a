#pragma once

#include <optional>
#include <string>

#include "base/slice.hh"
#include "base/unique_fd.hh"
#include "oci/descriptor.hh"
#include "tar/tar_index.hh"

namespace rootlayer::image {

/// The files that an image is made of, in an archive or in a directory. Names are relative, with slashes.
class ImageFiles final {
  public:
    static ImageFiles inArchive(const Slice& archive, const CancelToken& cancel);
    /// Throws Error{Input} when there is no such directory.
    static ImageFiles inDirectory(const std::string& path, std::string_view what);

    /// The same files, by another name in errors: "the image "docker://..."".
    ImageFiles called(std::string what) &&;

    bool has(const std::string& name) const;
    /// A regular file, opened anew where it is in a directory; links out of the directory are refused. Throws
    /// Error{Image} when it is missing.
    Slice open(const std::string& name) const;
    /// The name of what open() opens, when links in the archive are followed.
    std::string resolve(const std::string& name) const;
    /// A JSON document, of at most 8 MiB.
    std::string document(const std::string& name) const;
    /// blobs/sha256/HEX, checked against the descriptor: a document at once, a layer in its size.
    std::string blobDocument(const oci::Descriptor& descriptor) const;
    Slice blob(const oci::Descriptor& descriptor) const;

    /// "the docker-archive "x.tar"".
    const std::string& what() const { return m_what; }
    std::vector<std::string> someNames() const;

  private:
    Slice openInDirectory(const std::string& name) const;

    std::string m_what;
    std::optional<tar::TarIndex> m_archive;
    UniqueFd m_directory;
};

/// Where an OCI layout keeps a blob (OCI image-layout.md).
std::string blobName(const Digest& digest);

} // namespace rootlayer::image

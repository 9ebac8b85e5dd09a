#pragma once

#include <optional>
#include <string>

#include "base/slice.hh"
#include "base/unique_fd.hh"
#include "oci/descriptor.hh"
#include "tar/tar_index.hh"

namespace rootlayer::image {

/// The files of an image, in an archive or a directory. Names are relative, with slashes.
class ImageFiles final {
  public:
    static ImageFiles inArchive(const Slice& archive, const CancelToken& cancel);
    /// Throws Error{Input} if there is no such directory.
    static ImageFiles inDirectory(const std::string& path, std::string_view what);

    /// The same files with another name for errors: the image "docker://..."
    ImageFiles called(std::string what) &&;

    bool has(const std::string& name) const;
    /// Opens a regular file. In a directory each call opens it again, and links out of the directory are
    /// refused. Throws Error{Image} if it is missing.
    Slice open(const std::string& name) const;
    /// The name of the file that open() opens after following links in the archive.
    std::string resolve(const std::string& name) const;
    /// Reads a document of at most 8 MiB.
    std::string document(const std::string& name) const;
    /// Reads a document from blobs/sha256/HEX, of at most 8 MiB, and checks size and digest.
    std::string blobDocument(const oci::Descriptor& descriptor) const;
    /// Opens blobs/sha256/HEX and checks only its size.
    Slice blob(const oci::Descriptor& descriptor) const;

    /// The name for errors: the docker-archive "x.tar"
    const std::string& what() const { return m_what; }
    std::vector<std::string> someNames() const;

  private:
    Slice openInDirectory(const std::string& name) const;

    std::string m_what;
    std::optional<tar::TarIndex> m_archive;
    UniqueFd m_directory;
};

/// The name of a blob in an OCI layout (OCI image-layout.md).
std::string blobName(const Digest& digest);

} // namespace rootlayer::image

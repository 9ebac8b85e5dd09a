#pragma once

#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/json.hh"
#include "base/slice.hh"
#include "base/unique_fd.hh"
#include "image/document_budget.hh"
#include "oci/descriptor.hh"
#include "tar/tar_index.hh"

namespace rootlayer::image {

/// The files of an image, in an archive or a directory. Names are relative, with slashes. Documents are
/// counted against one budget, and reading them throws Error{Cancelled} once the token is cancelled.
class ImageFiles final {
  public:
    static ImageFiles inArchive(const Slice& archive, const CancelToken& cancel,
                                const DocumentLimits& limits = {});
    /// Throws Error{Input} if there is no such directory.
    static ImageFiles inDirectory(const std::string& path, std::string_view what, const CancelToken& cancel,
                                  const DocumentLimits& limits = {});

    /// The same files with another name for errors: the image "docker://..."
    ImageFiles called(std::string what) &&;

    bool has(const std::string& name) const;
    /// Opens a regular file. In a directory each call opens it again, and links out of the directory are
    /// refused. Throws Error{Image} if it is missing.
    Slice open(const std::string& name) const;
    /// The name of the file that open() opens after following links in the archive.
    std::string resolve(const std::string& name) const;
    /// Reads a document within the budget.
    std::string document(const std::string& name) const;
    /// Reads a document from blobs/sha256/HEX within the budget, and checks size and digest.
    std::string blobDocument(const oci::Descriptor& descriptor) const;
    /// Parses a document within the budget. `name` is "index.json", for errors.
    Json parse(std::string_view text, const std::string& name) const;
    /// Called in every loop over what an image says. Throws Error{Cancelled}.
    void checkCancelled() const { m_cancel.check(); }
    /// Opens blobs/sha256/HEX and checks only its size.
    Slice blob(const oci::Descriptor& descriptor) const;

    /// The name for errors: the docker-archive "x.tar"
    const std::string& what() const { return m_what; }
    std::vector<std::string> someNames() const;
    /// What was read so far.
    const DocumentBudget& budget() const { return *m_budget; }

  private:
    ImageFiles(CancelToken cancel, const DocumentLimits& limits)
        : m_cancel(std::move(cancel)), m_budget(std::make_unique<DocumentBudget>(limits)) {}
    Slice openInDirectory(const std::string& name) const;

    std::string m_what;
    std::optional<tar::TarIndex> m_archive;
    UniqueFd m_directory;
    CancelToken m_cancel;
    std::unique_ptr<DocumentBudget> m_budget;
};

/// The name of a blob in an OCI layout (OCI image-layout.md).
std::string blobName(const Digest& digest);

} // namespace rootlayer::image

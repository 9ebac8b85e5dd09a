#pragma once

#include <cstdint>
#include <string>

namespace rootlayer::image {

/// The limits for the documents of one image: manifests, configs and indexes. One document has at most
/// JsonLimits::values values.
struct DocumentLimits {
    /// Bytes of one document. A registry's manifests have at most 4 MiB (OCI distribution-spec, "Pushing
    /// Manifests").
    std::uint64_t document = std::uint64_t{8} << 20;
    /// Bytes of all documents that are read: a thousand images have some 10 MiB. It also bounds what is kept
    /// of them after parsing, which is at most three times as much.
    std::uint64_t text = std::uint64_t{64} << 20;
    /// Number of documents that are read, which bounds the files that are opened for them. An archive cannot
    /// have more members.
    std::size_t documents = 20'000;
    /// JSON values of all documents that are parsed, which bounds the time: about half a second.
    std::size_t values = 4'000'000;
};

/// Counts what is read from the documents of one image.
class DocumentBudget final {
  public:
    explicit DocumentBudget(const DocumentLimits& limits = {}) : m_limits(limits) {}

    /// Counts a document before it is read. Throws Error{Image} naming the document, the image and the limit
    /// if it is too much.
    void takeDocument(const std::string& document, const std::string& image, std::uint64_t bytes);
    /// Counts the values of a document after it is parsed. Throws like takeDocument().
    void takeValues(const std::string& document, const std::string& image, std::size_t values);

    const DocumentLimits& limits() const { return m_limits; }
    std::size_t documents() const { return m_documents; }
    std::uint64_t text() const { return m_text; }
    std::size_t values() const { return m_values; }

  private:
    DocumentLimits m_limits;
    std::size_t m_documents = 0;
    std::uint64_t m_text = 0;
    std::size_t m_values = 0;
};

} // namespace rootlayer::image

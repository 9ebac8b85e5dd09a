#include "image/image_draft.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "oci/manifest.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

/// Bytes in memory, shared by all readers.
class TextSource final : public Source {
  public:
    explicit TextSource(std::shared_ptr<const std::string> text)
        : m_text(std::move(text)), m_source(*m_text) {}
    std::size_t read(std::span<char> buffer) override { return m_source.read(buffer); }

  private:
    std::shared_ptr<const std::string> m_text;
    StringSource m_source;
};

bool tellsTheSame(const oci::Manifest& own, const oci::Manifest& other) {
    return other.mediaType == own.mediaType && other.config == own.config && other.layers == own.layers;
}

} // namespace

Blob documentBlob(std::string bytes, std::string_view mediaType) {
    oci::Descriptor descriptor;
    descriptor.mediaType = mediaType;
    descriptor.digest = sha256(bytes);
    descriptor.size = bytes.size();
    const auto text = std::make_shared<const std::string>(std::move(bytes));
    return {std::move(descriptor), [text] { return std::make_unique<TextSource>(text); }};
}

ImageDocuments documentsOf(const ImageDraft& draft) {
    if (draft.layers.size() != draft.config.diffIds().size()) {
        throw Error(ErrorCode::Internal, fmt::format("an image of {} layers has {} diff_ids",
                                                     draft.layers.size(), draft.config.diffIds().size()));
    }
    ImageDocuments documents;
    documents.config = documentBlob(draft.configBytes.empty() ? draft.config.write() : draft.configBytes,
                                    oci::media_type::kConfig);
    oci::Manifest manifest;
    manifest.mediaType = oci::media_type::kManifest;
    manifest.config = documents.config.descriptor;
    for (const Blob& layer : draft.layers)
        manifest.layers.push_back(layer.descriptor);
    manifest.annotations = draft.annotations;
    const bool keep = !draft.manifestBytes.empty() &&
                      tellsTheSame(manifest, oci::Manifest::parse(draft.manifestBytes, "the manifest"));
    documents.manifest =
        documentBlob(keep ? draft.manifestBytes : manifest.write(), oci::media_type::kManifest);
    return documents;
}

} // namespace rootlayer::image

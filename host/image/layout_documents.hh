#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "image/image_files.hh"
#include "oci/manifest.hh"

namespace rootlayer::image {

/// The indexes and manifests of an OCI layout, or of a docker-archive that has an index.json. Each is read,
/// checked and parsed once, however many entries name it. Of their annotations only those by which an image
/// is chosen are kept. All members throw Error{Image}.
class LayoutDocuments final {
  public:
    explicit LayoutDocuments(std::shared_ptr<const ImageFiles> files) : m_files(std::move(files)) {}

    const std::shared_ptr<const ImageFiles>& files() const { return m_files; }

    /// index.json.
    const oci::Index& top();
    /// A nested index. It is checked against this descriptor, even if it is known.
    const oci::Index& index(const oci::Descriptor& descriptor);
    /// A manifest, likewise.
    const oci::Manifest& manifest(const oci::Descriptor& descriptor);

  private:
    template <typename Document>
    struct Known {
        Document document;
        std::uint64_t size = 0;
    };
    template <typename Document>
    const Document& find(std::map<Digest, Known<Document>>& known, const oci::Descriptor& descriptor,
                         std::string_view noun);

    std::shared_ptr<const ImageFiles> m_files;
    std::optional<oci::Index> m_top;
    std::map<Digest, Known<oci::Index>> m_indexes;
    std::map<Digest, Known<oci::Manifest>> m_manifests;
};

/// BuildKit's attestations, which are listed among the images, have this annotation.
inline constexpr const char* kAttestation = "vnd.docker.reference.type";
inline constexpr const char* kIndexName = "index.json";
inline constexpr const char* kLayoutName = "oci-layout";

} // namespace rootlayer::image

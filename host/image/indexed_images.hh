#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "image/layout_documents.hh"

namespace rootlayer::image {

/// An image of an index or of its nested indexes.
struct IndexedImage {
    Digest digest;                           ///< of the manifest
    const oci::Manifest* manifest = nullptr; ///< owned by the LayoutDocuments
};

/// All images for any platform that index.json leads to, each once. Manifests that are missing in the archive
/// and attestations are skipped. The work is linear in the size of the documents, whatever names what.
class IndexedImages final {
  public:
    /// Throws Error{Image} for more than kMaxIndexDepth levels of indexes or more than kMaxImages images.
    explicit IndexedImages(LayoutDocuments& documents);

    /// In the order of the indexes.
    const std::vector<IndexedImage>& images() const { return m_images; }
    /// nullptr if there is none.
    const IndexedImage* find(const Digest& manifest) const;
    bool hasConfig(const Digest& config) const { return m_configs.contains(config); }
    /// The full names in index.json that lead to images ("docker.io/library/alpine:3", as Docker writes
    /// them), and for each whether an image with this config is among them.
    std::map<std::string, bool> names(const Digest& config) const;

  private:
    struct Node {
        std::vector<Digest> children; ///< of an index, without repetitions
        int height = 0;               ///< levels of indexes, with this one
    };
    const Node& visit(const Digest& digest, const oci::Index& index, int depth);
    void addImage(const oci::Descriptor& descriptor);
    bool isRead(const oci::Descriptor& descriptor) const;
    void requireDepth(int depth) const;

    LayoutDocuments& m_documents;
    std::vector<IndexedImage> m_images;
    std::map<Digest, std::size_t> m_byDigest; ///< index into m_images
    std::set<Digest> m_configs;
    std::map<Digest, Node> m_indexes; ///< by digest; the one for index.json is empty
};

/// Whether it is one of BuildKit's attestations, which are listed among the images.
bool isAttestation(const oci::Descriptor& descriptor);

/// buildx nests two.
inline constexpr int kMaxIndexDepth = 4;
/// The manifests of a thousand images have some megabytes.
inline constexpr std::size_t kMaxImages = 1000;

} // namespace rootlayer::image

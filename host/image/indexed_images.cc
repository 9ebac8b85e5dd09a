#include "image/indexed_images.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "image/image_name.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

namespace media_type = oci::media_type;

/// What an entry of an index leads to.
struct Found {
    bool images = false;
    bool config = false; ///< the one that is looked for
};

} // namespace

bool isAttestation(const oci::Descriptor& descriptor) {
    return !descriptor.annotation(kAttestation).empty();
}

IndexedImages::IndexedImages(LayoutDocuments& documents) : m_documents(documents) {
    visit({}, m_documents.top(), 1);
}

void IndexedImages::requireDepth(int depth) const {
    if (depth <= kMaxIndexDepth) return;
    throw Error(ErrorCode::Image, fmt::format("{} has indexes nested more than {} deep",
                                              m_documents.files()->what(), kMaxIndexDepth));
}

bool IndexedImages::isRead(const oci::Descriptor& descriptor) const {
    return !isAttestation(descriptor) && m_documents.files()->has(blobName(descriptor.digest));
}

// An index that is known is not walked again, however many entries name it.
const IndexedImages::Node& IndexedImages::visit(const Digest& digest, const oci::Index& index, int depth) {
    requireDepth(depth);
    if (const auto known = m_indexes.find(digest); known != m_indexes.end()) {
        requireDepth(depth + known->second.height - 1);
        return known->second;
    }
    Node node{{}, 1};
    std::set<Digest> seen;
    for (const oci::Descriptor& descriptor : index.manifests) {
        m_documents.files()->checkCancelled();
        if (!isRead(descriptor)) continue;
        if (media_type::isIndex(descriptor.mediaType)) {
            const Node& nested = visit(descriptor.digest, m_documents.index(descriptor), depth + 1);
            node.height = std::max(node.height, nested.height + 1);
        } else if (media_type::isManifest(descriptor.mediaType)) {
            addImage(descriptor);
        } else {
            continue;
        }
        if (seen.insert(descriptor.digest).second) node.children.push_back(descriptor.digest);
    }
    return m_indexes.emplace(digest, std::move(node)).first->second;
}

void IndexedImages::addImage(const oci::Descriptor& descriptor) {
    const oci::Manifest& manifest = m_documents.manifest(descriptor);
    if (!m_byDigest.emplace(descriptor.digest, m_images.size()).second) return;
    m_images.push_back({descriptor.digest, &manifest});
    m_configs.insert(manifest.config.digest);
    if (m_images.size() > kMaxImages) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} has more than {} images", m_documents.files()->what(), kMaxImages));
    }
}

const IndexedImage* IndexedImages::find(const Digest& manifest) const {
    const auto found = m_byDigest.find(manifest);
    return found == m_byDigest.end() ? nullptr : &m_images[found->second];
}

std::map<std::string, bool> IndexedImages::names(const Digest& config) const {
    std::map<Digest, Found> searched; // an index that many names lead to is searched once
    const auto search = [&](const Digest& digest, const auto& again) -> Found {
        m_documents.files()->checkCancelled();
        if (const IndexedImage* image = find(digest)) return {true, image->manifest->config.digest == config};
        if (const auto before = searched.find(digest); before != searched.end()) return before->second;
        Found found;
        for (const Digest& child : m_indexes.at(digest).children) {
            const Found below = again(child, again);
            found = {found.images || below.images, found.config || below.config};
        }
        return searched[digest] = found;
    };
    std::map<std::string, bool> names;
    for (const oci::Descriptor& descriptor : m_documents.top().manifests) {
        const std::string name = descriptor.annotation(oci::kImageName);
        const bool known = find(descriptor.digest) != nullptr || m_indexes.contains(descriptor.digest);
        if (name.empty() || !known || isAttestation(descriptor)) continue;
        const Found found = search(descriptor.digest, search);
        if (found.images) names[fullImageName(name)] |= found.config;
    }
    return names;
}

} // namespace rootlayer::image

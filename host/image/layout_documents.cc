#include "image/layout_documents.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::image {

namespace {

// A manifest's annotations may be a hundred times as large in memory as what is used of it.
void keepNeeded(oci::Manifest& manifest) {
    manifest.annotations.clear();
    manifest.config.annotations.clear();
    for (oci::Descriptor& layer : manifest.layers) {
        layer.annotations.clear();
        layer.platform.reset();
    }
}

void keepNeeded(oci::Index& index) {
    index.annotations.clear();
    for (oci::Descriptor& descriptor : index.manifests) {
        std::erase_if(descriptor.annotations, [](const auto& note) {
            return note.first != oci::kRefName && note.first != oci::kImageName && note.first != kAttestation;
        });
    }
}

// A document is read according to its descriptor's media type, so its own must not contradict it.
void requireSameType(const std::string& document, const oci::Descriptor& descriptor,
                     const std::string& what) {
    if (document.empty() || document == descriptor.mediaType) return;
    throw Error(ErrorCode::Image, fmt::format("{} has the media type {}, but its descriptor says {}", what,
                                              quote(document), quote(descriptor.mediaType)));
}

} // namespace

template <typename Document>
const Document& LayoutDocuments::find(std::map<Digest, Known<Document>>& known,
                                      const oci::Descriptor& descriptor, std::string_view noun) {
    m_files->checkCancelled();
    const std::string name = fmt::format("the {} {}", noun, descriptor.digest.str());
    const std::string what = fmt::format("{} of {}", name, m_files->what());
    auto found = known.find(descriptor.digest);
    if (found == known.end()) {
        const std::string text = m_files->blobDocument(descriptor);
        Document document = Document::from(m_files->parse(text, name), what);
        keepNeeded(document);
        found = known.emplace(descriptor.digest, Known<Document>{std::move(document), text.size()}).first;
    } else if (found->second.size != descriptor.size) {
        m_files->blob(descriptor); // throws
    }
    requireSameType(found->second.document.mediaType, descriptor, what);
    return found->second.document;
}

const oci::Index& LayoutDocuments::top() {
    if (!m_top) {
        const std::string name = quote(kIndexName);
        auto index = oci::Index::from(m_files->parse(m_files->document(kIndexName), name),
                                      fmt::format("{} of {}", name, m_files->what()));
        keepNeeded(index);
        m_top = std::move(index);
    }
    return *m_top;
}

const oci::Index& LayoutDocuments::index(const oci::Descriptor& descriptor) {
    return find(m_indexes, descriptor, "index");
}

const oci::Manifest& LayoutDocuments::manifest(const oci::Descriptor& descriptor) {
    return find(m_manifests, descriptor, "manifest");
}

} // namespace rootlayer::image

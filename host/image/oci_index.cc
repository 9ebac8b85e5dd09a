#include "image/oci_index.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

namespace media_type = oci::media_type;

constexpr std::size_t kMaxImages = 1000;

// The document was read according to its descriptor's media type, so its own must not contradict it.
void requireSameType(const std::string& document, const oci::Descriptor& descriptor,
                     const std::string& what) {
    if (document.empty() || document == descriptor.mediaType) return;
    throw Error(ErrorCode::Image, fmt::format("{} has the media type {}, but its descriptor says {}", what,
                                              quote(document), quote(descriptor.mediaType)));
}

std::string describe(const ImageFiles& files, const oci::Descriptor& descriptor, std::string_view noun) {
    return fmt::format("the {} {} of {}", noun, descriptor.digest.str(), files.what());
}

void collect(const ImageFiles& files, const oci::Index& index, const std::string& topName, int depth,
             std::vector<IndexedImage>& images) {
    if (depth > kMaxIndexDepth) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} has indexes nested more than {} deep", files.what(), kMaxIndexDepth));
    }
    for (const oci::Descriptor& descriptor : index.manifests) {
        if (isAttestation(descriptor) || !files.has(blobName(descriptor.digest))) continue;
        const std::string name = depth > 1 ? topName : descriptor.annotation(oci::kImageName);
        if (media_type::isIndex(descriptor.mediaType)) {
            collect(files, readIndex(files, descriptor), name, depth + 1, images);
        } else if (media_type::isManifest(descriptor.mediaType)) {
            images.push_back({name, descriptor, readManifest(files, descriptor)});
        }
        if (images.size() > kMaxImages) {
            throw Error(ErrorCode::Image,
                        fmt::format("{} has more than {} images", files.what(), kMaxImages));
        }
    }
}

} // namespace

bool isAttestation(const oci::Descriptor& descriptor) {
    return !descriptor.annotation("vnd.docker.reference.type").empty();
}

oci::Index readTopIndex(const ImageFiles& files) {
    return oci::Index::parse(files.document(kIndexName),
                             fmt::format("{} of {}", quote(kIndexName), files.what()));
}

oci::Manifest readManifest(const ImageFiles& files, const oci::Descriptor& descriptor) {
    const std::string what = describe(files, descriptor, "manifest");
    auto manifest = oci::Manifest::parse(files.blobDocument(descriptor), what);
    requireSameType(manifest.mediaType, descriptor, what);
    return manifest;
}

oci::Index readIndex(const ImageFiles& files, const oci::Descriptor& descriptor) {
    const std::string what = describe(files, descriptor, "index");
    auto index = oci::Index::parse(files.blobDocument(descriptor), what);
    requireSameType(index.mediaType, descriptor, what);
    return index;
}

std::vector<IndexedImage> imagesOf(const ImageFiles& files) {
    std::vector<IndexedImage> images;
    collect(files, readTopIndex(files), {}, 1, images);
    return images;
}

} // namespace rootlayer::image

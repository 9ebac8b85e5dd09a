#include "image/image_writer.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/archive_writer.hh"
#include "image/layout_writer.hh"
#include "image/registry_writer.hh"

namespace rootlayer::image {

namespace {

constexpr std::string_view kPlaces = "docker-archive:FILE, oci:DIR[:TAG], oci-archive:FILE, or docker://NAME";

bool isPlace(std::string_view text) {
    constexpr std::array<std::string_view, 4> kinds{"docker-archive:", "oci:", "oci-archive:", "docker://"};
    return std::any_of(kinds.begin(), kinds.end(), [&](auto kind) { return text.starts_with(kind); });
}

} // namespace

oci::Reference outputReference(const std::string& text) {
    if (text.empty()) throw Error(ErrorCode::Usage, "--output is empty", std::string(kPlaces));
    if (!isPlace(text)) {
        throw Error(ErrorCode::Usage, fmt::format("an image cannot be written to {}", quote(text)),
                    fmt::format("use {}", kPlaces));
    }
    return oci::Reference::parse(text);
}

std::unique_ptr<ImageWriter> openImageWriter(const oci::Reference& target, const WriteOptions& options) {
    if (target.digest) {
        throw Error(ErrorCode::Usage, fmt::format("the output {} names a digest", quote(target.str())),
                    "omit it: the digest is known only after writing");
    }
    switch (target.kind) {
    case oci::ReferenceKind::DockerArchive:
    case oci::ReferenceKind::OciArchive:
        return std::make_unique<ArchiveWriter>(target, options);
    case oci::ReferenceKind::OciLayout:
        return std::make_unique<LayoutWriter>(target, options);
    case oci::ReferenceKind::Registry:
        return std::make_unique<RegistryWriter>(target, options);
    default:
        throw Error(ErrorCode::Usage, fmt::format("an image cannot be written to {}", quote(target.str())),
                    std::string(kPlaces));
    }
}

} // namespace rootlayer::image

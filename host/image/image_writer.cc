#include "image/image_writer.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/archive_writer.hh"
#include "image/layout_writer.hh"
#include "image/registry_writer.hh"

namespace rootlayer::image {

std::unique_ptr<ImageWriter> openImageWriter(const oci::Reference& target, const WriteOptions& options) {
    if (target.digest) {
        throw Error(ErrorCode::Usage, fmt::format("the output {} names a digest", quote(target.str())),
                    "leave it out: the digest is what comes of writing");
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
        throw Error(ErrorCode::Usage, fmt::format("no image can be written to {}", quote(target.str())),
                    "docker-archive:FILE, oci:DIR, oci-archive:FILE, or docker://NAME");
    }
}

} // namespace rootlayer::image

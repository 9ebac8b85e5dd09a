#include "image/base_image.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/docker_archive.hh"
#include "image/oci_image.hh"
#include "image/registry_image.hh"
#include "image/single_layer.hh"

namespace rootlayer::image {

std::unique_ptr<BaseImage> openBase(const oci::Reference& reference, const OpenOptions& options) {
    switch (reference.kind) {
    case oci::ReferenceKind::Scratch:
        return openScratch(options);
    case oci::ReferenceKind::DockerArchive:
        return openDockerArchive(reference, options);
    case oci::ReferenceKind::OciLayout:
        return openOciLayout(reference, options);
    case oci::ReferenceKind::OciArchive:
        return openOciArchive(reference, options);
    case oci::ReferenceKind::Directory:
        return openDirectory(reference.path, options);
    case oci::ReferenceKind::Tar:
        return openTarImage(reference.path, options);
    case oci::ReferenceKind::Disk:
        throw Error(ErrorCode::Internal, fmt::format("{} must be read in a VM", quote(reference.str())));
    case oci::ReferenceKind::Registry:
        return openRegistryImage(reference, options);
    }
    throw Error(ErrorCode::Internal, "unknown kind of image reference");
}

} // namespace rootlayer::image

#include "oci/media_type.hh"

#include <algorithm>
#include <array>

namespace rootlayer::oci::media_type {

namespace {

constexpr std::array kLayers = {
    kLayer,
    kLayerGzip,
    kLayerZstd,
    kDockerLayer,
    kDockerLayerGzip,
    std::string_view("application/vnd.docker.image.rootfs.diff.tar.zstd"),
    std::string_view("application/vnd.docker.image.rootfs.foreign.diff.tar"),
    std::string_view("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
    std::string_view("application/vnd.oci.image.layer.nondistributable.v1.tar"),
    std::string_view("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
    std::string_view("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"),
};

} // namespace

bool isIndex(std::string_view type) {
    return type == kIndex || type == kDockerList;
}

bool isManifest(std::string_view type) {
    return type == kManifest || type == kDockerManifest;
}

bool isConfig(std::string_view type) {
    return type == kConfig || type == kDockerConfig;
}

bool isLayer(std::string_view type) {
    return std::find(kLayers.begin(), kLayers.end(), type) != kLayers.end();
}

} // namespace rootlayer::oci::media_type

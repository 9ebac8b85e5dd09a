#pragma once

#include <string>
#include <vector>

#include "image/image_files.hh"

namespace rootlayer::image {

/// One image of Docker's manifest.json (moby: image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset
/// Format").
struct DockerImage {
    std::string config; ///< a member's name, like the layers
    std::vector<std::string> layers;
    std::vector<std::string> tags; ///< "alpine:3.10"; may be empty
};

inline constexpr const char* kDockerManifestName = "manifest.json";

/// Names of members are returned in canonical form. Throws Error{Image} naming the field.
std::vector<DockerImage> readDockerManifest(const ImageFiles& files);

/// The digest in a member's name: HEX.json, sha256:HEX or blobs/sha256/HEX for a config, only the last form
/// for a layer. Empty for other names.
Digest digestInConfigName(const std::string& name);
Digest digestInLayerName(const std::string& name);

/// Reads the config and checks it against the digest in its name, if there is one.
std::string readDockerConfig(const ImageFiles& files, const DockerImage& image);

} // namespace rootlayer::image

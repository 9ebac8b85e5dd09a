#pragma once

#include <string>
#include <vector>

#include "image/image_files.hh"

namespace rootlayer::image {

/// One image of docker's manifest.json (moby: image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset
/// Format").
struct DockerImage {
    std::string config; ///< a member's name, as are the layers
    std::vector<std::string> layers;
    std::vector<std::string> tags; ///< "alpine:3.10"; may be empty
};

inline constexpr const char* kDockerManifestName = "manifest.json";

/// Throws Error{Image} naming the field. The names of members come back in their canonical form.
std::vector<DockerImage> readDockerManifest(const ImageFiles& files);

/// The digest that a name promises: HEX.json, sha256:HEX or blobs/sha256/HEX for a config, the last for
/// layers; empty for other names.
Digest digestInConfigName(const std::string& name);
Digest digestInLayerName(const std::string& name);

/// The config's member, checked against the digest in its name.
std::string readDockerConfig(const ImageFiles& files, const DockerImage& image);

} // namespace rootlayer::image

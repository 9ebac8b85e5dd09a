#pragma once

#include <map>
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

/// The digests of the configs that an archive's images name. Each config is read once, however many images
/// name it and by whatever links, and is not kept.
class DockerConfigs final {
  public:
    explicit DockerConfigs(const ImageFiles& files) : m_files(files) {}
    /// Checks the digest against the one in the name, if there is one. Throws Error{Image}.
    const Digest& digest(const std::string& name);

  private:
    const ImageFiles& m_files;
    std::map<std::string, Digest> m_digests; ///< by the names of members, and of links to them
};

/// Reads the config that has this digest.
std::string readDockerConfig(const ImageFiles& files, const std::string& name, const Digest& digest);

} // namespace rootlayer::image

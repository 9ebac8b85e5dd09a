#include "image/docker_manifest.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/verified_source.hh"
#include "oci/field.hh"
#include "tar/member_name.hh"

namespace rootlayer::image {

namespace {

constexpr std::string_view kBlobs = "blobs/sha256/";
constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::string_view kJson = ".json";

Digest digestOfHex(std::string_view hex) {
    const bool isHex =
        hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return isHex ? Digest::fromHex(hex) : Digest();
}

std::string requireName(const std::string& text, const std::string& where) {
    std::string name = tar::memberName(text, where);
    if (name.empty()) throw Error(ErrorCode::Image, fmt::format("{} does not name a member", where));
    return name;
}

std::string describeConfig(const ImageFiles& files, const std::string& name) {
    return fmt::format("the config {} of {}", quote(name), files.what());
}

DockerImage readImage(const Json& json, const std::string& what) {
    const oci::Fields fields(json, what);
    fields.require("Config");
    fields.require("Layers");
    DockerImage image;
    image.config = requireName(fields.text("Config"), fields.where("Config"));
    for (const std::string& layer : fields.texts("Layers")) {
        image.layers.push_back(requireName(layer, fields.where("Layers")));
    }
    image.tags = fields.texts("RepoTags");
    return image;
}

} // namespace

std::vector<DockerImage> readDockerManifest(const ImageFiles& files) {
    const std::string what = fmt::format("{} of {}", quote(kDockerManifestName), files.what());
    const Json json = files.parse(files.document(kDockerManifestName), quote(kDockerManifestName));
    if (!json.isArray() || json.items().empty()) {
        throw Error(ErrorCode::Image, fmt::format("{} is not a list of images", what));
    }
    std::vector<DockerImage> images;
    for (const Json& item : json.items()) {
        files.checkCancelled();
        images.push_back(readImage(item, fmt::format("{}: image {}", what, images.size() + 1)));
    }
    return images;
}

Digest digestInConfigName(const std::string& name) {
    std::string_view hex = name;
    if (hex.starts_with(kAlgorithm)) return digestOfHex(hex.substr(kAlgorithm.size()));
    if (hex.starts_with(kBlobs)) return digestOfHex(hex.substr(kBlobs.size()));
    return hex.ends_with(kJson) ? digestOfHex(hex.substr(0, hex.size() - kJson.size())) : Digest();
}

Digest digestInLayerName(const std::string& name) {
    return name.starts_with(kBlobs) ? digestOfHex(std::string_view(name).substr(kBlobs.size())) : Digest();
}

const Digest& DockerConfigs::digest(const std::string& name) {
    m_files.checkCancelled();
    if (const auto known = m_digests.find(name); known != m_digests.end()) return known->second;
    const std::string member = m_files.resolve(name);
    auto found = m_digests.find(member);
    if (found == m_digests.end()) found = m_digests.emplace(member, sha256(m_files.document(member))).first;
    requireDigest(found->second, digestInConfigName(name), describeConfig(m_files, name), "its name");
    return m_digests.emplace(name, found->second).first->second;
}

std::string readDockerConfig(const ImageFiles& files, const std::string& name, const Digest& digest) {
    std::string bytes = files.document(name);
    requireDigest(sha256(bytes), digest, describeConfig(files, name), "its first reading");
    return bytes;
}

} // namespace rootlayer::image

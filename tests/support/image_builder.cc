#include "support/image_builder.hh"

#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <stdexcept>

#include "base/file.hh"
#include "oci/media_type.hh"

namespace rootlayer::test {

namespace {

constexpr std::size_t kBlock = 512;

std::string padded(std::string bytes) {
    bytes.resize((bytes.size() + kBlock - 1) / kBlock * kBlock, '\0');
    return bytes;
}

void put(std::string& header, std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
}

/// The ID of a layer in the old form: made up, not a digest.
std::string layerName(const std::string& stored) {
    return sha256("id " + stored).hex() + "/layer.tar";
}

std::string configName(const ImageBuilder& image) {
    return image.configDigest().hex() + ".json";
}

/// The same layer in two images is one member.
Members withoutCopies(const Members& members) {
    Members result;
    std::map<std::string, bool> seen;
    for (const Member& member : members) {
        if (!std::exchange(seen[member.name], true)) result.push_back(member);
    }
    return result;
}

Json dockerEntry(const std::string& config, const std::vector<std::string>& layers,
                 const std::vector<std::string>& tags) {
    Json entry = Json::object();
    entry.set("Config", Json::string(config));
    entry.set("RepoTags", tags.empty() ? Json::null() : Json::strings(tags));
    entry.set("Layers", Json::strings(layers));
    return entry;
}

Member layoutFile() {
    return {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})", '0', {}};
}

} // namespace

std::string withChecksum(std::string header) {
    put(header, 148, "        ");
    unsigned sum = 0;
    for (const char c : header)
        sum += static_cast<unsigned char>(c);
    put(header, 148, fmt::format("{:06o}", sum) + '\0' + ' ');
    return header;
}

std::string tarHeader(const Member& member, std::uint64_t size) {
    std::string header(kBlock, '\0');
    put(header, 0, std::string_view(member.name).substr(0, 100));
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, fmt::format("{:011o}", size));
    put(header, 136, "00000000000");
    header[156] = member.type;
    put(header, 157, std::string_view(member.linkTarget).substr(0, 100));
    put(header, 257, std::string_view("ustar\00000", 8));
    return withChecksum(header);
}

std::string tarMember(const Member& member) {
    return tarHeader(member, member.data.size()) + padded(member.data);
}

std::string paxHeader(std::string_view key, std::string_view value) {
    const std::string rest = fmt::format(" {}={}\n", key, value);
    std::size_t length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length)
        ++length;
    return tarMember({"pax", std::to_string(length) + rest, 'x', {}});
}

std::string makeTar(const Members& members) {
    std::string tar;
    for (const Member& member : members) {
        if (member.name.size() > 100) tar += paxHeader("path", member.name);
        if (member.linkTarget.size() > 100) tar += paxHeader("linkpath", member.linkTarget);
        tar += tarMember(member);
    }
    return tar + std::string(2 * kBlock, '\0');
}

void writeMembers(const std::string& directory, const Members& members) {
    for (const Member& member : members) {
        const std::filesystem::path path = std::filesystem::path(directory) / member.name;
        std::filesystem::create_directories(path.parent_path());
        writeFile(path.string(), member.data);
    }
}

Member& find(Members& members, std::string_view name) {
    for (Member& member : members) {
        if (member.name == name) return member;
    }
    throw std::logic_error("the test looks for a member that is not there: " + std::string(name));
}

ImageBuilder& ImageBuilder::layer(std::string tar, const Compress& compress) {
    m_stored.push_back(compress ? compress(tar) : tar);
    m_tars.push_back(std::move(tar));
    return *this;
}

ImageBuilder& ImageBuilder::fileLayer(const std::string& name, const std::string& data,
                                      const Compress& compress) {
    return layer(makeTar({{name, data, '0', {}}}), compress);
}

std::string ImageBuilder::config() const {
    auto config = oci::ImageConfig::empty(platform);
    for (const std::string& tar : m_tars) {
        Json entry = Json::object();
        entry.set("created_by", Json::string("test"));
        config.addLayer(sha256(tar), std::move(entry));
    }
    editConfig(config.document());
    return config.write();
}

std::string ImageBuilder::manifest() const {
    oci::Manifest manifest;
    manifest.mediaType = oci::media_type::kManifest;
    const std::string document = config();
    manifest.config = {std::string(oci::media_type::kConfig), sha256(document), document.size(), {}, {}};
    for (std::size_t i = 0; i < m_stored.size(); ++i) {
        const auto type = m_stored[i] == m_tars[i] ? oci::media_type::kLayer : oci::media_type::kLayerGzip;
        manifest.layers.push_back({std::string(type), sha256(m_stored[i]), m_stored[i].size(), {}, {}});
    }
    Json json = Json::parse(manifest.write(), "manifest");
    editManifest(json);
    return json.write();
}

oci::Descriptor ImageBuilder::descriptor() const {
    const std::string document = manifest();
    oci::Descriptor result{
        std::string(oci::media_type::kManifest), sha256(document), document.size(), {}, platform};
    if (!tags.empty()) result.annotations[oci::kRefName] = tags[0].substr(tags[0].rfind(':') + 1);
    return result;
}

Member blob(const std::string& bytes) {
    return {"blobs/sha256/" + sha256(bytes).hex(), bytes, '0', {}};
}

Members ImageBuilder::blobs() const {
    Members members;
    for (const std::string& stored : m_stored)
        members.push_back(blob(stored));
    members.push_back(blob(config()));
    members.push_back(blob(manifest()));
    return withoutCopies(members);
}

Members ImageBuilder::dockerArchive() const {
    return dockerArchiveOf({*this});
}

Members ImageBuilder::ociLayout() const {
    Members members = ociLayoutOf({descriptor()}, blobs());
    Json index = Json::parse(find(members, "index.json").data, "index");
    editIndex(index);
    find(members, "index.json").data = index.write();
    return members;
}

Members ImageBuilder::docker25Archive() const {
    Members members = ociLayout();
    std::vector<std::string> layers;
    for (const std::string& stored : m_stored)
        layers.push_back("blobs/sha256/" + sha256(stored).hex());
    Json list = Json::array();
    list.append(dockerEntry("blobs/sha256/" + configDigest().hex(), layers, tags));
    members.push_back({"manifest.json", list.write(), '0', {}});
    return members;
}

Members dockerArchiveOf(const std::vector<ImageBuilder>& images) {
    Members members;
    Json list = Json::array();
    for (const ImageBuilder& image : images) {
        std::vector<std::string> layers;
        for (const std::string& stored : image.stored()) {
            layers.push_back(layerName(stored));
            members.push_back({layers.back(), stored, '0', {}});
        }
        members.push_back({configName(image), image.config(), '0', {}});
        list.append(dockerEntry(configName(image), layers, image.tags));
    }
    members.push_back({"manifest.json", list.write(), '0', {}});
    return withoutCopies(members);
}

Members ociLayoutOf(const std::vector<oci::Descriptor>& top, const Members& blobs) {
    oci::Index index;
    index.mediaType = oci::media_type::kIndex;
    index.manifests = top;
    Members members = blobs;
    members.push_back({"index.json", index.write(), '0', {}});
    members.push_back(layoutFile());
    return withoutCopies(members);
}

} // namespace rootlayer::test

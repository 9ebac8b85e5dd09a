#include "image/legacy_v1.hh"

#include <map>

#include "base/digest.hh"
#include "base/json.hh"

namespace rootlayer::image {

namespace {

/// A layer's document without its ID, which is computed from it.
Json documentOf(const oci::ImageConfig& config, bool top, const std::string& parent) {
    Json document = Json::object();
    if (!parent.empty()) document.set("parent", Json::string(parent));
    const auto& all = config.document();
    for (const std::string_view field : {"created", "author", "architecture", "os", "config"}) {
        const auto* value = all.find(field);
        if (value == nullptr || (!top && (field == "config" || field == "author"))) continue;
        document.set(field, *value);
    }
    return document;
}

} // namespace

std::vector<LegacyLayer> legacyLayers(const oci::ImageConfig& config) {
    std::vector<LegacyLayer> layers;
    const auto& diffIds = config.diffIds();
    for (std::size_t i = 0; i < diffIds.size(); ++i) {
        const bool top = i + 1 == diffIds.size();
        const auto document = documentOf(config, top, layers.empty() ? "" : layers.back().id);
        const auto id = sha256(diffIds[i].str() + document.write()).hex();
        Json named = Json::object();
        named.set("id", Json::string(id));
        for (const auto& member : document.members())
            named.set(member.name, member.value);
        layers.push_back({id, named.write()});
    }
    return layers;
}

std::string legacyRepositories(const std::vector<LegacyName>& names) {
    std::map<std::string, std::map<std::string, std::string>> sorted;
    for (const auto& [name, id] : names) {
        const auto colon = name.rfind(':');
        sorted[name.substr(0, colon)][name.substr(colon + 1)] = id;
    }
    Json repositories = Json::object();
    for (const auto& [name, tags] : sorted) {
        Json of = Json::object();
        for (const auto& [tag, id] : tags)
            of.set(tag, Json::string(id));
        repositories.set(name, std::move(of));
    }
    return repositories.write();
}

} // namespace rootlayer::image

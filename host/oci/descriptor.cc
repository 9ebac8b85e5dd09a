#include "oci/descriptor.hh"

#include <cstdint>

#include "oci/field.hh"

namespace rootlayer::oci {

namespace {

Platform parsePlatform(const Json& json, const std::string& what) {
    const Fields fields(json, what);
    return {fields.text("os"), fields.text("architecture"), fields.text("variant")};
}

Json toJson(const Platform& platform) {
    Json json = Json::object();
    json.set("architecture", Json::string(platform.architecture));
    json.set("os", Json::string(platform.os));
    if (!platform.variant.empty()) json.set("variant", Json::string(platform.variant));
    return json;
}

} // namespace

Descriptor Descriptor::parse(const Json& json, const std::string& what) {
    const Fields fields(json, what);
    Descriptor result;
    result.mediaType = fields.text("mediaType");
    result.digest = fields.digest("digest");
    result.size = fields.size("size");
    result.annotations = fields.textMap("annotations");
    if (const Json* platform = fields.find("platform")) {
        result.platform = parsePlatform(*platform, fields.where("platform"));
    }
    return result;
}

Json Descriptor::json() const {
    Json json = Json::object();
    json.set("mediaType", Json::string(mediaType));
    json.set("digest", Json::string(digest.str()));
    json.set("size", Json::number(static_cast<std::int64_t>(size)));
    if (platform) json.set("platform", toJson(*platform));
    if (!annotations.empty()) {
        Json& notes = json.set("annotations", Json::object());
        for (const auto& [key, value] : annotations)
            notes.set(key, Json::string(value));
    }
    return json;
}

std::string Descriptor::annotation(const std::string& name) const {
    const auto found = annotations.find(name);
    return found == annotations.end() ? std::string() : found->second;
}

} // namespace rootlayer::oci

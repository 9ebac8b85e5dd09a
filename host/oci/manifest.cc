#include "oci/manifest.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "oci/field.hh"
#include "oci/media_type.hh"

namespace rootlayer::oci {

namespace {

[[noreturn]] void refuse(const Fields& fields, std::string_view why) {
    throw Error(ErrorCode::Image, fmt::format("{} {}", fields.what(), why));
}

void requireSchema2(const Fields& fields) {
    const std::string_view version = fields.require("schemaVersion").text();
    if (version != "2")
        refuse(fields, fmt::format("has schema version {}, not 2", escaped(version.substr(0, 20))));
}

void requireType(const Fields& fields, const std::string& type, bool fits) {
    if (!fits) refuse(fields, fmt::format("has the unexpected media type {}", quote(type)));
}

// If a document could be read as a manifest and as an index, one digest would mean two images
// (CVE-2021-41190).
void requireAbsent(const Fields& fields, std::initializer_list<std::string_view> names,
                   std::string_view own) {
    for (const std::string_view name : names) {
        if (fields.has(name)) refuse(fields, fmt::format("is {} but has the field {}", own, quote(name)));
    }
}

std::vector<Descriptor> parseList(const Fields& fields, std::string_view field, std::string_view item) {
    std::vector<Descriptor> result;
    for (const Json& json : fields.items(field)) {
        result.push_back(
            Descriptor::parse(json, fmt::format("{}: {} {}", fields.what(), item, result.size() + 1)));
    }
    return result;
}

void setAnnotations(Json& json, const std::map<std::string, std::string>& annotations) {
    if (annotations.empty()) return;
    Json& notes = json.set("annotations", Json::object());
    for (const auto& [key, value] : annotations)
        notes.set(key, Json::string(value));
}

Json list(const std::vector<Descriptor>& descriptors) {
    Json result = Json::array();
    for (const Descriptor& descriptor : descriptors)
        result.append(descriptor.json());
    return result;
}

} // namespace

Manifest Manifest::parse(std::string_view bytes, const std::string& what) {
    return from(Json::parse(bytes, what), what);
}

Manifest Manifest::from(const Json& json, const std::string& what) {
    const Fields fields(json, what);
    requireSchema2(fields);
    requireAbsent(fields, {"manifests", "fsLayers"}, "a manifest");
    Manifest result;
    result.mediaType = fields.text("mediaType");
    requireType(fields, result.mediaType,
                result.mediaType.empty() || media_type::isManifest(result.mediaType));
    result.config = Descriptor::parse(fields.require("config"), fields.where("config"));
    if (!media_type::isConfig(result.config.mediaType)) {
        refuse(fields, fmt::format("is not an image: its config has the media type {}",
                                   quote(result.config.mediaType)));
    }
    if (!fields.has("layers")) refuse(fields, "has no field \"layers\"");
    result.layers = parseList(fields, "layers", "layer");
    for (const Descriptor& layer : result.layers) {
        requireType(fields, layer.mediaType, media_type::isLayer(layer.mediaType));
    }
    result.annotations = fields.textMap("annotations");
    return result;
}

std::string Manifest::write() const {
    Json json = Json::object();
    json.set("schemaVersion", Json::number(2));
    if (!mediaType.empty()) json.set("mediaType", Json::string(mediaType));
    json.set("config", config.json());
    json.set("layers", list(layers));
    setAnnotations(json, annotations);
    return json.write();
}

Index Index::parse(std::string_view bytes, const std::string& what) {
    return from(Json::parse(bytes, what), what);
}

Index Index::from(const Json& json, const std::string& what) {
    const Fields fields(json, what);
    requireSchema2(fields);
    requireAbsent(fields, {"config", "layers", "fsLayers"}, "an index");
    Index result;
    result.mediaType = fields.text("mediaType");
    requireType(fields, result.mediaType, result.mediaType.empty() || media_type::isIndex(result.mediaType));
    result.manifests = parseList(fields, "manifests", "manifest");
    result.annotations = fields.textMap("annotations");
    return result;
}

std::string Index::write() const {
    Json json = Json::object();
    json.set("schemaVersion", Json::number(2));
    if (!mediaType.empty()) json.set("mediaType", Json::string(mediaType));
    json.set("manifests", list(manifests));
    setAnnotations(json, annotations);
    return json.write();
}

} // namespace rootlayer::oci

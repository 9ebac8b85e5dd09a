#include "oci/image_config.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "oci/field.hh"

namespace rootlayer::oci {

namespace {

/// A null entry counts as an entry without fields, as in Go's decoder.
bool isEmptyLayer(const Json& entry, const std::string& what) {
    if (entry.isNull()) return false;
    const Json* flag = Fields(entry, what).find("empty_layer");
    return flag != nullptr && flag->text() == "true";
}

/// Docker rejects an image whose history has more layers than the image. Marks the last surplus entries as
/// empty and returns their number.
std::size_t emptySurplus(Json& history, std::size_t layers, std::size_t most) {
    if (layers <= most) return 0;
    Json changed = Json::array();
    std::size_t kept = 0;
    for (Json entry : history.items()) {
        const bool surplus = !isEmptyLayer(entry, "history") && ++kept > most;
        if (surplus) entry.set("empty_layer", Json::boolean(true));
        changed.append(std::move(entry));
    }
    history = std::move(changed);
    return layers - most;
}

} // namespace

ImageConfig::ImageConfig(Json document, const std::string& what) : m_document(std::move(document)) {
    const Fields fields(m_document, what);
    m_platform = {fields.text("os"), fields.text("architecture"), fields.text("variant")};
    if (m_platform.os.empty()) fields.require("os");
    if (m_platform.architecture.empty()) fields.require("architecture");
    if (const Json* config = fields.find("config")) Fields(*config, fields.where("config"));
    readRootfs(what);
    readHistory(what);
}

ImageConfig ImageConfig::parse(std::string_view bytes, const std::string& what) {
    return from(Json::parse(bytes, what), what);
}

ImageConfig ImageConfig::from(Json document, const std::string& what) {
    return ImageConfig(std::move(document), what);
}

ImageConfig ImageConfig::empty(const Platform& platform) {
    Json document = Json::object();
    document.set("architecture", Json::string(platform.architecture));
    if (!platform.variant.empty()) document.set("variant", Json::string(platform.variant));
    document.set("os", Json::string(platform.os));
    document.set("config", Json::object());
    Json& rootfs = document.set("rootfs", Json::object());
    rootfs.set("type", Json::string("layers"));
    rootfs.set("diff_ids", Json::array());
    return ImageConfig(std::move(document), "an empty configuration");
}

void ImageConfig::readRootfs(const std::string& what) {
    const Fields fields(m_document, what);
    const Fields rootfs(fields.require("rootfs"), fields.where("rootfs"));
    const std::string type = rootfs.text("type");
    if (type != "layers") {
        throw Error(ErrorCode::Image, fmt::format("{} is not \"layers\"", rootfs.where("type")));
    }
    for (const std::string& text : rootfs.texts("diff_ids")) {
        try {
            m_diffIds.push_back(Digest::parse(text));
        } catch (Error& error) {
            error.addContext(fmt::format("{} {}", rootfs.where("diff_ids"), m_diffIds.size() + 1));
            throw;
        }
    }
}

void ImageConfig::readHistory(const std::string& what) {
    const Fields fields(m_document, what);
    for (const Json& entry : fields.items("history")) {
        if (!isEmptyLayer(entry, fields.where("history"))) ++m_layersInHistory;
    }
}

const Json* ImageConfig::runtime(std::string_view field) const {
    const Json* config = m_document.find("config");
    return config == nullptr || config->isNull() ? nullptr
                                                 : Fields(*config, "the image's config").find(field);
}

std::vector<std::string> ImageConfig::strings(std::string_view field) const {
    return runtime(field) == nullptr ? std::vector<std::string>()
                                     : Fields(*m_document.find("config"), "the image's config").texts(field);
}

std::string ImageConfig::string(std::string_view field) const {
    return runtime(field) == nullptr ? std::string()
                                     : Fields(*m_document.find("config"), "the image's config").text(field);
}

std::map<std::string, std::string> ImageConfig::stringMap(std::string_view field) const {
    return runtime(field) == nullptr
               ? std::map<std::string, std::string>()
               : Fields(*m_document.find("config"), "the image's config").textMap(field);
}

Json& ImageConfig::member(std::string_view name, const Json& otherwise) {
    Json* found = m_document.find(name);
    return found != nullptr && !found->isNull() ? *found : m_document.set(name, otherwise);
}

void ImageConfig::setRuntime(std::string_view field, Json value) {
    member("config", Json::object()).set(field, std::move(value));
}

void ImageConfig::eraseRuntime(std::string_view field) {
    member("config", Json::object()).erase(field);
}

void ImageConfig::addLayer(const Digest& diffId, Json history) {
    Json& entries = member("history", Json::array());
    m_layersInHistory -= emptySurplus(entries, m_layersInHistory, m_diffIds.size());
    for (; m_layersInHistory < m_diffIds.size(); ++m_layersInHistory) {
        Json unknown = Json::object();
        unknown.set("comment", Json::string("a layer of the base with unknown history"));
        entries.append(std::move(unknown));
    }
    entries.append(std::move(history));
    ++m_layersInHistory;
    m_diffIds.push_back(diffId);
    Json* diffIds = m_document.find("rootfs")->find("diff_ids");
    if (diffIds == nullptr) diffIds = &m_document.find("rootfs")->set("diff_ids", Json::array());
    diffIds->append(Json::string(diffId.str()));
}

void ImageConfig::clearLayers() {
    m_diffIds.clear();
    m_layersInHistory = 0;
    m_document.find("rootfs")->set("diff_ids", Json::array());
    member("history", Json::array()) = Json::array();
}

void ImageConfig::addEmptyHistory(Json history) {
    Json& entries = member("history", Json::array());
    m_layersInHistory -= emptySurplus(entries, m_layersInHistory, m_diffIds.size());
    history.set("empty_layer", Json::boolean(true));
    entries.append(std::move(history));
}

} // namespace rootlayer::oci

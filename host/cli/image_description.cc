#include "cli/image_description.hh"

#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/escape.hh"
#include "base/units.hh"

namespace rootlayer::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShort = 100;
constexpr const char* kIndent = "     ";

/// As a JSON array, the form in which a Dockerfile has such lists.
std::string words(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& word : list)
        text += (text.empty() ? "" : ", ") + quote(word);
    return list.empty() ? text : "[" + text + "]";
}

std::string duration(std::chrono::nanoseconds time) {
    return fmt::format("{:g}s", std::chrono::duration<double>(time).count());
}

std::string described(const HealthcheckInfo& check) {
    auto text = words(check.test);
    if (check.interval.count() != 0) text += " every " + duration(check.interval);
    if (check.timeout.count() != 0) text += ", timeout " + duration(check.timeout);
    if (check.startPeriod.count() != 0) text += ", start period " + duration(check.startPeriod);
    if (check.retries != 0) text += fmt::format(", {} retries", check.retries);
    return text;
}

const char* plural(std::size_t count) {
    return count == 1 ? "" : "s";
}

/// Collects the lines.
class Description final {
  public:
    Description(const ImageInfo& info, bool whole) : m_info(info), m_whole(whole) {}

    std::string operator()() {
        facts();
        layers();
        return std::move(m_text);
    }

  private:
    void fact(std::string_view label, const std::string& value) {
        if (!value.empty()) m_text += fmt::format("{:<12}{}\n", label, value);
    }
    void fact(std::string_view label, const std::vector<std::string>& values) {
        for (const auto& value : values) {
            fact(label, escaped(value));
            label = "";
        }
    }
    void facts();
    void layers();
    void layer(std::size_t at, const HistoryInfo* history);
    void changes(const LayerChanges& changes);

    std::string cut(const std::string& text) const {
        auto shown = escaped(text);
        while (shown.ends_with(' '))
            shown.pop_back();
        if (m_whole || shown.size() <= kShort) return shown;
        // Do not cut within a character.
        auto end = kShort - 3;
        while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U)
            --end;
        return shown.substr(0, end) + "...";
    }

    const ImageInfo& m_info;
    bool m_whole;
    std::string m_text;
};

void Description::facts() {
    fact("names", m_info.names);
    fact("manifest", m_info.manifestDigest);
    fact("config", m_info.configDigest);
    fact("platform", escaped(m_info.platform));
    fact("created", escaped(m_info.created));
    fact("author", escaped(m_info.author));
    fact("entrypoint", words(m_info.entrypoint));
    fact("command", words(m_info.command));
    fact("shell", words(m_info.shell));
    fact("user", escaped(m_info.user));
    fact("workdir", escaped(m_info.workdir));
    fact("env", m_info.env);
    std::vector<std::string> labels;
    for (const auto& [key, value] : m_info.labels)
        labels.push_back(key + "=" + value);
    fact("labels", labels);
    fact("ports", m_info.ports);
    fact("volumes", m_info.volumes);
    fact("stop signal", escaped(m_info.stopSignal));
    if (m_info.healthcheck) fact("healthcheck", described(*m_info.healthcheck));
}

void Description::layers() {
    std::uint64_t stored = 0;
    std::uint64_t bytes = 0;
    for (const auto& layer : m_info.layers) {
        stored += layer.storedBytes;
        bytes += layer.bytes.value_or(0);
    }
    fact("layers", fmt::format("{}, {} stored{}", m_info.layers.size(), humanSize(stored),
                               bytes > stored ? fmt::format(", {} unpacked", humanSize(bytes)) : ""));
    std::size_t next = 0;
    for (const auto& history : m_info.history) {
        if (history.layer) {
            layer(*history.layer, &history);
            next = *history.layer + 1;
        } else {
            m_text += fmt::format("{:>3}  {}\n", "-",
                                  cut(history.createdBy.empty() ? history.comment : history.createdBy));
        }
    }
    for (; next < m_info.layers.size(); ++next)
        layer(next, nullptr);
}

void Description::layer(std::size_t at, const HistoryInfo* history) {
    const auto& layer = m_info.layers[at];
    m_text += fmt::format("{:>3}  {}\n", at + 1, layer.diffId);
    if (layer.compression == "none") {
        m_text += fmt::format("{}{}", kIndent, humanSize(layer.storedBytes));
    } else {
        m_text += fmt::format("{}{} {}", kIndent, humanSize(layer.storedBytes), layer.compression);
        if (layer.bytes) m_text += fmt::format(", {} unpacked", humanSize(*layer.bytes));
        if (!layer.digest.empty()) m_text += ", " + layer.digest;
    }
    m_text += "\n";
    if (history != nullptr) {
        const auto by = cut(history->createdBy);
        const auto comment = cut(history->comment);
        if (!by.empty()) m_text += kIndent + by + "\n";
        if (!comment.empty()) m_text += fmt::format("{}({})\n", kIndent, comment);
    }
    if (layer.changes) changes(*layer.changes);
}

void Description::changes(const LayerChanges& changes) {
    std::vector<std::string> parts;
    const auto part = [&](std::uint64_t names, const char* what, std::uint64_t bytes) {
        if (names > 0) parts.push_back(fmt::format("{} {} ({})", names, what, humanSize(bytes)));
    };
    part(changes.added, "added", changes.addedBytes);
    part(changes.changed, "changed", changes.changedBytes);
    part(changes.removed, "removed", changes.removedBytes);
    m_text += fmt::format("{}{}\n", kIndent,
                          parts.empty() ? "changes nothing" : fmt::format("{}", fmt::join(parts, ", ")));
    for (const auto& change : changes.list) {
        const char sign = "+~-"[static_cast<std::size_t>(change.kind)];
        m_text += fmt::format("{}{} {:>10} {}", kIndent, sign, humanSize(change.bytes), escaped(change.path));
        if (change.names > 1)
            m_text += fmt::format(" and {} name{} below", change.names - 1, plural(change.names - 1));
        m_text += "\n";
    }
}

const char* nameOf(LayerChange::Kind kind) {
    switch (kind) {
    case LayerChange::Kind::Added:
        return "added";
    case LayerChange::Kind::Changed:
        return "changed";
    case LayerChange::Kind::Removed:
        break;
    }
    return "removed";
}

Json textOrNull(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json jsonOf(const LayerChanges& changes) {
    Json json{{"added", {{"names", changes.added}, {"bytes", changes.addedBytes}}},
              {"changed", {{"names", changes.changed}, {"bytes", changes.changedBytes}}},
              {"removed", {{"names", changes.removed}, {"bytes", changes.removedBytes}}}};
    if (changes.list.empty()) return json;
    auto& list = json["list"] = Json::array();
    for (const auto& change : changes.list) {
        // JSON cannot hold arbitrary bytes: they are escaped as in text.
        list.push_back({{"kind", nameOf(change.kind)},
                        {"path", escaped(change.path)},
                        {"names", change.names},
                        {"bytes", change.bytes}});
    }
    return json;
}

Json jsonOf(const LayerInfo& layer) {
    return {{"diffId", layer.diffId},
            {"digest", textOrNull(layer.digest)},
            {"compression", layer.compression},
            {"storedBytes", layer.storedBytes},
            {"bytes", layer.bytes ? Json(*layer.bytes) : Json()},
            {"changes", layer.changes ? jsonOf(*layer.changes) : Json()}};
}

Json jsonOf(const HistoryInfo& step) {
    return {{"created", textOrNull(step.created)},
            {"createdBy", textOrNull(step.createdBy)},
            {"author", textOrNull(step.author)},
            {"comment", textOrNull(step.comment)},
            {"layer", step.layer ? Json(*step.layer + 1) : Json()}};
}

Json jsonOf(const std::optional<HealthcheckInfo>& check) {
    if (!check) return {};
    return {{"test", check->test},
            {"interval", check->interval.count()},
            {"timeout", check->timeout.count()},
            {"startPeriod", check->startPeriod.count()},
            {"retries", check->retries}};
}

Json configOf(const ImageInfo& info) {
    return {{"env", info.env},
            {"entrypoint", info.entrypoint},
            {"cmd", info.command},
            {"shell", info.shell},
            {"user", info.user},
            {"workdir", info.workdir},
            {"stopSignal", info.stopSignal},
            {"ports", info.ports},
            {"volumes", info.volumes},
            {"labels", info.labels},
            {"healthcheck", jsonOf(info.healthcheck)}};
}

template <typename Item>
Json listOf(const std::vector<Item>& items) {
    auto list = Json::array();
    for (const auto& item : items)
        list.push_back(jsonOf(item));
    return list;
}

} // namespace

std::string textOf(const ImageInfo& info, bool whole) {
    return Description(info, whole)();
}

std::string jsonOf(const ImageInfo& info) {
    const Json json{{"version", 1},
                    {"names", info.names},
                    {"manifestDigest", textOrNull(info.manifestDigest)},
                    {"configDigest", textOrNull(info.configDigest)},
                    {"platform", info.platform},
                    {"created", textOrNull(info.created)},
                    {"author", textOrNull(info.author)},
                    {"config", configOf(info)},
                    {"layers", listOf(info.layers)},
                    {"history", listOf(info.history)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace rootlayer::cli

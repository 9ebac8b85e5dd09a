#include "builder/config_edit.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <strings.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "oci/field.hh"
#include "run/run_request.hh"

namespace rootlayer::builder {

namespace {

constexpr unsigned kLastPort = 65535;

[[noreturn]] void refuse(std::string_view what, std::string_view value, std::string hint) {
    throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", what, quote(value)), std::move(hint));
}

/// Parses a number of at most five digits. 0 for anything else.
unsigned portNumber(std::string_view text) {
    constexpr std::size_t digits = 5;
    const bool number = !text.empty() && text.size() <= digits &&
                        text.find_first_not_of("0123456789") == std::string_view::npos;
    return number ? static_cast<unsigned>(std::stoul(std::string(text))) : 0;
}

/// Adds "80" as "80/tcp", and a range as one entry for each port, as docker does.
void addPorts(Json& ports, const std::string& given) {
    const auto hint = "PORT, PORT/udp or FIRST-LAST/tcp, with ports from 1 to 65535";
    const auto slash = given.find('/');
    const std::string protocol = slash == std::string::npos ? "tcp" : given.substr(slash + 1);
    const std::string_view range = std::string_view(given).substr(0, slash);
    const auto dash = range.find('-');
    const auto first = portNumber(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : portNumber(range.substr(dash + 1));
    const bool known = protocol == "tcp" || protocol == "udp" || protocol == "sctp";
    if (!known || first == 0 || last < first || last > kLastPort) refuse("--expose", given, hint);
    for (auto port = first; port <= last; ++port)
        ports.set(fmt::format("{}/{}", port, protocol), Json::object());
}

/// The object in a runtime field, or an empty one.
Json objectIn(const oci::ImageConfig& config, std::string_view field) {
    const Json* present = config.runtime(field);
    return present != nullptr && present->isObject() ? *present : Json::object();
}

void requireAbsolute(std::string_view what, const std::string& path) {
    if (!path.starts_with('/') || path.find('\0') != std::string::npos)
        refuse(what, path, "an absolute path");
}

/// Accepts what docker accepts: SIGTERM, TERM, 15, SIGRTMIN+3.
void requireSignal(const std::string& given) {
    static constexpr std::array kNames{
        "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "IOT", "BUS",  "FPE",  "KILL", "USR1",  "SEGV",
        "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CLD", "CONT", "STOP", "TSTP", "TTIN",  "TTOU",
        "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",  "POLL", "PWR",  "SYS",  "RTMIN", "RTMAX"};
    constexpr unsigned last = 64;
    constexpr unsigned realTime = 30;
    const auto number = portNumber(given);
    if (number >= 1 && number <= last) return;
    std::string name = given.starts_with("SIG") ? given.substr(3) : given;
    if (name.starts_with("RTMIN+") || name.starts_with("RTMAX-")) {
        const auto offset = portNumber(name.substr(6));
        if (offset >= 1 && offset <= realTime) return;
    }
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
        refuse("--stop-signal", given, "a signal's name or number, such as SIGTERM, 15 or SIGRTMIN+3");
}

/// The base's health check. Throws Error{Usage} if it has none.
Json inheritedHealth(const oci::ImageConfig& config) {
    const Json* json = config.runtime("Healthcheck");
    const Json* test = json != nullptr && json->isObject() ? json->find("Test") : nullptr;
    const bool none = test == nullptr || !test->isArray() || test->items().empty() ||
                      (test->items().front().isString() && test->items().front().string() == "NONE");
    if (!none) return *json;
    throw Error(ErrorCode::Usage,
                "--healthcheck-interval and similar options change a health check, but the base has none",
                "use --healthcheck COMMAND as well");
}

Json healthJson(const oci::ImageConfig& config, const HealthCheck& check) {
    Json json = check.test.empty() ? inheritedHealth(config) : Json::object();
    if (!check.test.empty()) json.set("Test", Json::strings(check.test));
    const auto add = [&](std::string_view name, std::int64_t value) {
        if (value != 0) json.set(name, Json::number(value));
    };
    add("Interval", check.interval.count());
    add("Timeout", check.timeout.count());
    add("StartPeriod", check.startPeriod.count());
    add("Retries", check.retries);
    return json;
}

/// Throws unless these fields have the types of the OCI image specification.
void requireKinds(const oci::ImageConfig& config, const std::string& what) {
    const oci::Fields fields(*config.document().find("config"), what);
    for (const auto* field : {"Env", "Cmd", "Entrypoint", "Shell", "OnBuild"})
        fields.texts(field);
    for (const auto* field : {"User", "WorkingDir", "StopSignal"})
        fields.text(field);
    fields.textMap("Labels");
    for (const auto* field : {"ExposedPorts", "Volumes", "Healthcheck"}) {
        if (const Json* value = fields.find(field)) oci::Fields(*value, fields.where(field));
    }
}

void putConfigJson(oci::ImageConfig& config, const std::string& text) {
    if (text.empty()) return;
    const std::string what = "--config-json";
    try {
        const Json json = Json::parse(text, what);
        const oci::Fields fields(json, what);
        if (fields.has("rootfs") || fields.has("config")) {
            throw Error(ErrorCode::Usage, "--config-json is a whole image config",
                        R"(pass the object in its field "config", e.g. {"Cmd":["/bin/app"]})");
        }
        for (const auto& member : json.members())
            config.setRuntime(member.name, member.value);
        requireKinds(config, what);
    } catch (const Error& error) {
        throw Error(ErrorCode::Usage, error.message(), error.hint());
    }
}

void setStrings(oci::ImageConfig& config, std::string_view field,
                const std::optional<std::vector<std::string>>& value) {
    if (value) config.setRuntime(field, Json::strings(*value));
}

void setText(oci::ImageConfig& config, std::string_view field, const std::optional<std::string>& value) {
    if (value) config.setRuntime(field, Json::string(*value));
}

void editCommand(oci::ImageConfig& config, const ImageChanges& changes) {
    if (changes.entrypoint && !changes.cmd) config.eraseRuntime("Cmd");
    setStrings(config, "Entrypoint", changes.entrypoint);
    setStrings(config, "Cmd", changes.cmd);
}

void editMaps(oci::ImageConfig& config, const ImageChanges& changes) {
    if (!changes.labels.empty()) {
        Json labels = objectIn(config, "Labels");
        for (const auto& [key, value] : pairsOf(changes.labels, "--label"))
            labels.set(key, Json::string(value));
        config.setRuntime("Labels", std::move(labels));
    }
    if (!changes.expose.empty()) {
        Json ports = objectIn(config, "ExposedPorts");
        for (const auto& given : changes.expose)
            addPorts(ports, given);
        config.setRuntime("ExposedPorts", std::move(ports));
    }
    if (!changes.volumes.empty()) {
        Json volumes = objectIn(config, "Volumes");
        for (const auto& path : changes.volumes) {
            requireAbsolute("--volume", path);
            volumes.set(path, Json::object());
        }
        config.setRuntime("Volumes", std::move(volumes));
    }
}

} // namespace

std::map<std::string, std::string> pairsOf(const std::vector<std::string>& pairs, std::string_view what) {
    std::map<std::string, std::string> result;
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos || equals == 0) refuse(what, pair, fmt::format("{} KEY=VALUE", what));
        result.insert_or_assign(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return result;
}

std::vector<std::string> doubtfulFields(const std::string& configJson) {
    // The fields of OCI (config.md) and docker's additional ones.
    static constexpr std::array<std::string_view, 28> kKnown{
        "User",       "ExposedPorts", "Env",          "Entrypoint",     "Cmd",         "Volumes",
        "WorkingDir", "Labels",       "StopSignal",   "ArgsEscaped",    "Memory",      "MemorySwap",
        "CpuShares",  "Healthcheck",  "Shell",        "OnBuild",        "StopTimeout", "Hostname",
        "Domainname", "AttachStdin",  "AttachStdout", "AttachStderr",   "Tty",         "OpenStdin",
        "StdinOnce",  "Image",        "MacAddress",   "NetworkDisabled"};
    std::vector<std::string> doubts;
    if (configJson.empty()) return doubts;
    const Json json = Json::parse(configJson, "--config-json");
    if (!json.isObject()) return doubts;
    for (const auto& member : json.members()) {
        if (std::find(kKnown.begin(), kKnown.end(), member.name) != kKnown.end()) continue;
        const auto same = std::find_if(kKnown.begin(), kKnown.end(), [&](std::string_view known) {
            return ::strcasecmp(std::string(known).c_str(), member.name.c_str()) == 0;
        });
        doubts.push_back(fmt::format("--config-json has the field {}, which no tool knows{}",
                                     quote(member.name),
                                     same == kKnown.end() ? "" : fmt::format("; did you mean {}?", *same)));
    }
    return doubts;
}

std::string timestamp(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

void editConfig(oci::ImageConfig& config, const ImageChanges& changes) {
    putConfigJson(config, changes.configJson);
    editCommand(config, changes);
    if (!changes.env.empty()) {
        pairsOf(changes.env, "--env");
        config.setRuntime("Env", Json::strings(run::mergeEnvironment(config.strings("Env"), changes.env)));
    }
    if (changes.workdir) requireAbsolute("--workdir", *changes.workdir);
    setText(config, "User", changes.user);
    setText(config, "WorkingDir", changes.workdir);
    if (changes.stopSignal) requireSignal(*changes.stopSignal);
    setText(config, "StopSignal", changes.stopSignal);
    editMaps(config, changes);
    if (changes.healthCheck) config.setRuntime("Healthcheck", healthJson(config, *changes.healthCheck));
    if (changes.author) config.document().set("author", Json::string(*changes.author));
}

} // namespace rootlayer::builder

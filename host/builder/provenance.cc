#include "builder/provenance.hh"

#include <cstdint>
#include <fmt/format.h>
#include <set>

#include <rootlayer/error.hh>

#include "base/json.hh"

namespace rootlayer::builder {

namespace {

constexpr const char* kBuildType = "urn:rootlayer:build:v1";

// JSON has no byte strings: a path or variable that is not UTF-8 becomes null.
Json text(std::string_view value) {
    try {
        return Json::string(value);
    } catch (const Error&) {
        return Json::null();
    }
}

Json texts(const std::vector<std::string>& values) {
    Json list = Json::array();
    for (const auto& value : values)
        list.append(text(value));
    return list;
}

/// "sha256:HEX" as in-toto's DigestSet.
Json digestSet(const std::string& digest) {
    Json set = Json::object();
    set.set("sha256", Json::string(std::string_view(digest).substr(digest.find(':') + 1)));
    return set;
}

Json resource(std::string_view key, std::string_view name, const std::string& digest) {
    Json json = Json::object();
    json.set(key, text(name));
    if (!digest.empty()) json.set("digest", digestSet(digest));
    return json;
}

Json subjects(const BuildResult& result) {
    Json list = Json::array();
    for (const auto& output : result.outputs)
        list.append(resource("name", output.reference, output.manifestDigest));
    if (!result.run.diffId.empty()) list.append(resource("name", "layer", result.run.diffId));
    return list;
}

Json contentsOf(const BuildSpec& spec) {
    Json list = Json::array();
    for (const auto& contents : spec.contents) {
        Json item = Json::object();
        item.set("source", text(contents.source));
        item.set("destination", text(contents.destination));
        list.append(std::move(item));
    }
    return list;
}

/// The hosts that the script connected to, as dependencies that no digest pins.
std::set<std::string> hostsOf(const RunResult& result) {
    std::set<std::string> hosts;
    for (const auto& each : result.connections) {
        if (each.connected) hosts.insert(each.host);
    }
    return hosts;
}

bool hasNetwork(const NetworkOptions& options) {
    return options.mode != NetworkMode::None || !options.allow.empty() || !options.permit.empty();
}

Json parameters(const BuildSpec& spec, const BuildResult& result) {
    const auto& run = spec.run;
    const auto& changes = spec.changes;
    Json json = Json::object();
    const auto add = [&](std::string_view name, const std::vector<std::string>& values) {
        if (!values.empty()) json.set(name, texts(values));
    };
    json.set("from", text(run.from));
    json.set("platform", text(run.platform));
    if (!result.scriptDigest.empty()) json.set("script", digestSet(result.scriptDigest));
    if (!result.beforeDigest.empty()) json.set("before", digestSet(result.beforeDigest));
    if (!result.afterDigest.empty()) json.set("after", digestSet(result.afterDigest));
    add("args", run.args);
    add("env", run.env);
    if (!run.user.empty()) json.set("scriptUser", text(run.user));
    if (!run.workdir.empty()) json.set("workdir", text(run.workdir));
    if (!run.scrub.empty()) json.set("scrub", text(run.scrub));
    if (run.keepTmp) json.set("keepTmp", Json::boolean(true));
    if (run.sourceDateEpoch) json.set("sourceDateEpoch", Json::number(*run.sourceDateEpoch));
    if (!spec.contents.empty()) json.set("contents", contentsOf(spec));
    add("presets", spec.presets);
    if (!spec.closure.file.empty()) json.set("closure", text(spec.closure.file));
    add("nixClosure", spec.closure.nixPaths);
    if (spec.layered) json.set("maxLayers", Json::number(spec.maxLayers));
    json.set("hermetic", Json::boolean(!hasNetwork(run.network)));
    add("allow", run.network.allow);
    add("permit", run.network.permit);
    if (changes.entrypoint) add("entrypoint", *changes.entrypoint);
    if (changes.cmd) add("cmd", *changes.cmd);
    add("labels", changes.labels);
    add("names", result.names);
    json.set("squash", Json::boolean(spec.squash));
    return json;
}

Json dependencies(const BuildSpec& spec, const BuildResult& result) {
    Json list = Json::array();
    const auto add = [&](Json item) { list.append(std::move(item)); };
    const auto& base =
        result.baseManifestDigest.empty() ? result.baseConfigDigest : result.baseManifestDigest;
    if (spec.run.from != "scratch") add(resource("uri", spec.run.from, base));
    for (const auto& layer : result.run.baseLayers)
        add(resource("name", "base layer", layer));
    if (!result.contentsDiffId.empty()) add(resource("name", "contents", result.contentsDiffId));
    for (const auto& host : hostsOf(result.run))
        add(resource("name", "host " + host, ""));
    if (result.scriptDigest.empty()) return list;
    add(resource("name", "script", result.scriptDigest));
    if (!result.beforeDigest.empty()) add(resource("name", "before", result.beforeDigest));
    if (!result.afterDigest.empty()) add(resource("name", "after", result.afterDigest));
    add(resource("name", "kernel " + result.run.kernelRelease, result.run.kernelDigest));
    add(resource("name", "agent", result.run.agentDigest));
    return list;
}

Json machine(const BuildSpec& spec, const BuildResult& result) {
    Json json = Json::object();
    if (result.scriptDigest.empty()) return json;
    json.set("accelerator", text(result.run.accelerator));
    Json confinement = Json::array();
    for (const auto& each : result.run.confinement)
        confinement.append(text(each));
    json.set("confinement", std::move(confinement));
    json.set("start", text(result.run.start));
    json.set("memory", Json::number(static_cast<std::int64_t>(spec.run.machine.memory)));
    json.set("processors", Json::number(spec.run.machine.processors));
    return json;
}

Json builder(const BuildResult& result) {
    Json versions = Json::object();
    versions.set("rootlayer", text(ROOTLAYER_VERSION));
    if (!result.scriptDigest.empty()) versions.set("qemu", text(result.run.qemuVersion));
    Json json = Json::object();
    json.set("id", Json::string("urn:rootlayer"));
    json.set("version", std::move(versions));
    return json;
}

} // namespace

std::string provenanceOf(const BuildSpec& spec, const BuildResult& result) {
    Json definition = Json::object();
    definition.set("buildType", Json::string(kBuildType));
    definition.set("externalParameters", parameters(spec, result));
    definition.set("internalParameters", machine(spec, result));
    definition.set("resolvedDependencies", dependencies(spec, result));
    Json details = Json::object();
    details.set("builder", builder(result));
    Json predicate = Json::object();
    predicate.set("buildDefinition", std::move(definition));
    predicate.set("runDetails", std::move(details));
    Json statement = Json::object();
    statement.set("_type", Json::string("https://in-toto.io/Statement/v1"));
    statement.set("subject", subjects(result));
    statement.set("predicateType", Json::string("https://slsa.dev/provenance/v1"));
    statement.set("predicate", std::move(predicate));
    return statement.write() + "\n";
}

} // namespace rootlayer::builder

#include "cli/metadata_file.hh"

#include <nlohmann/json.hpp>

#include <rootlayer/version.hh>

namespace rootlayer::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& object) {
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json head(int exitStatus) {
    return {{"version", 1}, {"rootlayer", version()}, {"exitStatus", exitStatus}};
}

Json phasesOf(const RunResult& result) {
    Json phases = Json::array();
    for (const auto& phase : result.phases) {
        phases.push_back(
            {{"phase", phase.phase}, {"seconds", std::chrono::duration<double>(phase.elapsed).count()}});
    }
    return phases;
}

Json machineOf(const RunSpec& spec, const RunResult& result) {
    return {{"accelerator", result.accelerator},
            {"acceleratorReason", result.acceleratorReason},
            {"confinement", result.confinement},
            {"start", result.start},
            {"startReason", result.startReason},
            {"qemu", {{"path", result.qemuPath}, {"version", result.qemuVersion}}},
            {"kernel", result.kernelRelease},
            {"kernelDigest", result.kernelDigest},
            {"guest", result.guest},
            {"guestReady", result.guestReady},
            {"agentDigest", result.agentDigest},
            {"memory", spec.machine.memory},
            {"processors", spec.machine.processors},
            {"peakMemory", result.peakMemory},
            {"peakDisk", result.peakDisk}};
}

Json networkOf(const RunResult& result) {
    Json connections = Json::array();
    for (const auto& each : result.connections) {
        Json item = {
            {"host", each.host}, {"port", each.port}, {"outcome", NetworkConnection::nameOf(each.outcome)}};
        if (!each.address.empty()) item["address"] = each.address;
        if (!each.tlsName.empty()) item["tlsName"] = each.tlsName;
        if (!each.message.empty()) item["message"] = each.message;
        item["connected"] = each.connected;
        item["sent"] = each.sent;
        item["received"] = each.received;
        connections.push_back(std::move(item));
    }
    return {{"connections", std::move(connections)}, {"allow", result.neededAllows}};
}

Json baseOf(const RunSpec& spec, const BuildResult& built) {
    Json base = {{"reference", spec.from}, {"layers", built.run.baseLayers}};
    if (!built.baseManifestDigest.empty()) base["manifestDigest"] = built.baseManifestDigest;
    if (!built.baseConfigDigest.empty()) base["configDigest"] = built.baseConfigDigest;
    return base;
}

Json layersOf(const BuiltOutput& output) {
    Json layers = Json::array();
    for (const auto& layer : output.layers) {
        layers.push_back({{"diffId", layer.diffId},
                          {"digest", layer.digest},
                          {"mediaType", layer.mediaType},
                          {"size", layer.size},
                          {"new", layer.isNew}});
    }
    return layers;
}

Json imageOf(const BuildResult& built) {
    Json outputs = Json::array();
    for (const auto& output : built.outputs) {
        outputs.push_back({{"reference", output.reference},
                           {"manifestDigest", output.manifestDigest},
                           {"layers", layersOf(output)}});
    }
    // The config has passed rootlayer's own parser, which is stricter.
    return {{"configDigest", built.configDigest},
            {"names", built.names},
            {"config", Json::parse(built.config)},
            {"outputs", std::move(outputs)}};
}

} // namespace

std::string metadataOf(const BuildSpec& build, const BuildResult& built) {
    const RunSpec& spec = build.run;
    const RunResult& result = built.run;
    Json object = head(result.exitStatus);
    if (!result.exitReason.empty()) object["exitReason"] = result.exitReason;
    if (!result.failedStep.empty()) object["failedStep"] = result.failedStep;
    if (!result.diffId.empty()) {
        object["layer"] = {{"diffId", result.diffId}, {"size", result.bytes}, {"entries", result.entries}};
    }
    if (!built.configDigest.empty()) object["image"] = imageOf(built);
    object["base"] = baseOf(spec, built);
    for (const auto& added : built.presets)
        object["presets"].push_back({{"preset", added.preset}, {"added", added.paths}});
    if (!built.scriptDigest.empty()) {
        object["script"] = {{"digest", built.scriptDigest}};
        if (!built.beforeDigest.empty()) object["before"] = {{"digest", built.beforeDigest}};
        if (!built.afterDigest.empty()) object["after"] = {{"digest", built.afterDigest}};
        object["machine"] = machineOf(spec, result);
        object["network"] = networkOf(result);
    }
    object["phases"] = phasesOf(result);
    object["warnings"] = result.warnings;
    return text(object);
}

std::string metadataOf(const Error& error, int exitStatus) {
    Json object = head(exitStatus);
    object["error"] = {{"code", name(error.code())}, {"message", error.what()}, {"hint", error.hint()}};
    return text(object);
}

} // namespace rootlayer::cli

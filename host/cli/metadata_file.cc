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

} // namespace

std::string metadataOf(const RunSpec& spec, const RunResult& result) {
    Json object = head(result.exitStatus);
    if (!result.exitReason.empty()) object["exitReason"] = result.exitReason;
    if (!result.diffId.empty()) {
        object["layer"] = {{"diffId", result.diffId}, {"size", result.bytes}, {"entries", result.entries}};
    }
    object["base"] = {{"reference", spec.from}, {"layers", result.baseLayers}};
    object["machine"] = {{"accelerator", result.accelerator},
                         {"acceleratorReason", result.acceleratorReason},
                         {"start", result.start},
                         {"startReason", result.startReason},
                         {"kernel", result.kernelRelease},
                         {"memory", spec.memory},
                         {"processors", spec.processors},
                         {"peakMemory", result.peakMemory},
                         {"peakDisk", result.peakDisk}};
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

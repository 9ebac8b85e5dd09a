#include "builder/build_products.hh"

#include "builder/image_output.hh"

namespace rootlayer::builder {

namespace {

/// Where the bare layer went.
std::vector<std::string> layerPlaces(const BuildSpec& spec) {
    std::vector<std::string> places;
    if (spec.run.outputFd >= 0) {
        places.emplace_back("-");
    } else if (!spec.run.output.empty()) {
        places.push_back(spec.run.output);
    }
    for (const auto& output : spec.outputs) {
        if (!namesImage(output)) places.push_back(output);
    }
    if (places.empty() && spec.outputs.empty()) places.emplace_back();
    return places;
}

Product imageIn(const BuiltOutput& output, const std::vector<std::string>& names) {
    Product image{"image", output.reference, output.manifestDigest, 0, output.layers.size(), names};
    for (const auto& layer : output.layers)
        image.bytes += layer.size;
    return image;
}

} // namespace

Outcome outcomeOf(const BuildSpec& spec, const BuildResult& result) {
    const auto& run = result.run;
    Outcome outcome{run.exitStatus, run.exitReason, run.exitHint, {}, run.failure};
    if (run.exitStatus != 0) return outcome;
    for (const auto& place : layerPlaces(spec))
        outcome.products.push_back({"layer", place, run.diffId, run.bytes, run.entries, {}});
    for (const auto& output : result.outputs)
        outcome.products.push_back(imageIn(output, result.names));
    return outcome;
}

} // namespace rootlayer::builder

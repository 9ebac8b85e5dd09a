#include "cli/layered_options.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "cli/option.hh"

namespace rootlayer::cli {

namespace {

using Json = nlohmann::ordered_json;
using Kind = PlannedLayer::Kind;

constexpr int kLeastLayers = 2;
constexpr int kMostLayers = 500;

std::string_view nameOf(Kind kind) {
    switch (kind) {
    case Kind::Base:
        return "base";
    case Kind::Path:
        return "path";
    case Kind::Rest:
        return "rest";
    case Kind::Contents:
        return "contents";
    case Kind::Script:
        return "script";
    }
    return "";
}

std::string whatIn(const PlannedLayer& layer) {
    switch (layer.kind) {
    case Kind::Base:
        return layer.diffId;
    case Kind::Path:
        return fmt::format("{} (popularity {})", escaped(layer.paths.front()), layer.popularity);
    case Kind::Rest:
        return fmt::format("{} paths (popularity {} and less)", layer.paths.size(), layer.popularity);
    case Kind::Contents:
        return "the files of --contents";
    case Kind::Script:
        return "what the script changes";
    }
    return {};
}

} // namespace

void LayeredOptions::addTo(CLI::App& command) {
    beginGroup(command, "Base");
    addOption(command, "--closure FILE", closure,
              "JSON file with paths of the host and the paths that they refer to, also\n"
              "as Nix writes it: they become layers below the contents (docs/layered.md)");
    addOption(command, "--closure-root DIRECTORY", closureRoot,
              "directory of the host that the paths of the closure are below (default: /)");
    addOption(command, "--nix-closure PATH", nixClosure,
              "path of a Nix store: it and all paths that it needs are the closure;\n"
              "repeatable")
        ->allow_extra_args(false);
    command
        .add_flag("--nix-db", nixDatabase,
                  "add the database of a Nix store that has the paths of --nix-closure")
        ->envname("ROOTLAYER_NIX_DB");
    command
        .add_flag("--layered", layered,
                  "give the most popular paths of the closure a layer each (default: one\n"
                  "layer for all)")
        ->envname("ROOTLAYER_LAYERED");
    addOption(command, "--max-layers N", maxLayers,
              "with --layered, most layers of the image, its base's included (default: 100)");
    command.add_flag("--print-plan{text}", printPlan,
                     "print which layers the image will have, and build nothing; =json for JSON");
}

void LayeredOptions::apply(BuildSpec& spec) const {
    if (closure.empty() && nixClosure.empty() && closureRoot != "/")
        throw Error(ErrorCode::Usage, "--closure-root is given without a closure",
                    "--closure FILE, or --nix-closure PATH");
    spec.closure.file = closure;
    spec.closure.root = closureRoot;
    spec.closure.nixPaths = nixClosure;
    spec.closure.nixDatabase = nixDatabase;
    spec.layered = layered;
    spec.maxLayers =
        static_cast<unsigned>(parseInteger(maxLayers, "--max-layers", kLeastLayers, kMostLayers));
    if (printPlan.empty() || printPlan == "text" || printPlan == "json") return;
    throw Error(ErrorCode::Usage, fmt::format("--print-plan does not take {}", quote(printPlan)),
                "--print-plan or --print-plan=json");
}

std::string textOf(const LayerPlan& plan) {
    std::string text = fmt::format("{} paths, at most {} layers\n", plan.paths, plan.maxLayers);
    std::size_t number = 0;
    for (const auto& layer : plan.layers) {
        text += fmt::format("{:3}  {:8}  {}\n", ++number, nameOf(layer.kind), whatIn(layer));
        if (layer.kind != Kind::Rest) continue;
        for (const auto& path : layer.paths)
            text += fmt::format("{:15}{}\n", "", escaped(path));
    }
    return text;
}

std::string jsonOf(const LayerPlan& plan) {
    Json layers = Json::array();
    for (const auto& layer : plan.layers) {
        Json item = {{"kind", nameOf(layer.kind)}};
        if (!layer.diffId.empty()) item["diffId"] = layer.diffId;
        if (!layer.paths.empty()) {
            item["popularity"] = layer.popularity;
            item["paths"] = layer.paths;
        }
        layers.push_back(std::move(item));
    }
    const Json plans = {
        {"version", 1}, {"maxLayers", plan.maxLayers}, {"paths", plan.paths}, {"layers", std::move(layers)}};
    return plans.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace rootlayer::cli

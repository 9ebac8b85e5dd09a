#pragma once

#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>
#include <rootlayer/layer_plan.hh>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// The options of `build` for a closure and its layers, as text.
struct LayeredOptions {
    bool layered = false;
    std::string maxLayers = "100";
    std::string closure;
    std::string closureRoot = "/";
    std::vector<std::string> nixClosure;
    bool nixDatabase = false;
    std::string printPlan; ///< "text" or "json"; empty: build

    void addTo(CLI::App& command);
    /// Throws Error{Usage} naming the option.
    void apply(BuildSpec& spec) const;
};

/// The plan for people, and as JSON (docs/layered.md).
std::string textOf(const LayerPlan& plan);
std::string jsonOf(const LayerPlan& plan);

} // namespace rootlayer::cli

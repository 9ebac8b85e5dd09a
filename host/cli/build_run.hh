#pragma once

#include <functional>
#include <string>
#include <vector>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

#include "cli/options.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// The common part of `run`, `build` and `layer`: progress, signals, metadata. Returns the exit status. `say`
/// returns the line for stdout; nothing is printed if it is empty, or if an output goes to stdout. `inputs`
/// are files that no output may replace.
int buildAndReport(const BuildSpec& spec, const ReportOptions& report, const PlaceOptions& places,
                   const std::function<std::string(const BuildResult&)>& say,
                   const std::vector<NamedFile>& inputs = {});

/// The option --output of `run` and `layer`, which makes a layer by default.
void addLayerOutputs(CLI::App& command, std::vector<std::string>& outputs);

/// Puts the values of --output ("-" is stdout) into the spec. Throws Error{Usage} for a stdout that is a
/// terminal, and for two outputs on stdout.
void setOutputs(BuildSpec& spec, const std::vector<std::string>& outputs);

} // namespace rootlayer::cli

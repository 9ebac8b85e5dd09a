#pragma once

#include <functional>
#include <string>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

#include "cli/options.hh"

namespace rootlayer::cli {

/// What `run` and `build` have in common: progress, signals, metadata, the exit status. `say` gives the line
/// for stdout; nothing is printed when it is empty, or when stdout carries an output.
int buildAndReport(const BuildSpec& spec, const ReportOptions& report, const PlaceOptions& places,
                   const std::function<std::string(const BuildResult&)>& say);

/// Puts outputs as the command line has them ("-" is stdout) into the spec. Throws Error{Usage} for a
/// terminal, or for two outputs on stdout.
void setOutputs(BuildSpec& spec, const std::vector<std::string>& outputs);

} // namespace rootlayer::cli

#pragma once

#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// One of the scripts of a run.
struct RunStep {
    protocol::Step step = protocol::Step::Script;
    const ScriptSpec* script = nullptr; ///< the spec's, not owned

    /// For sentences: `the --before script "FILE"`.
    std::string title() const;
};

/// The scripts of a run, in their order. There is always one of Step::Script, which may do nothing.
std::vector<RunStep> stepsOf(const RunSpec& spec);

/// The request for a script of `step`, made from that of the run's script: no arguments, as root, in the
/// layer's directory, which $ROOTLAYER_LAYER names too, and without a network.
protocol::RunRequest requestOf(protocol::Step step, protocol::RunRequest request);

} // namespace rootlayer::run

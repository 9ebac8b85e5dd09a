#include "run/run_steps.hh"

#include <fmt/format.h>

#include "base/escape.hh"
#include "run/run_request.hh"

namespace rootlayer::run {

namespace {

using protocol::Step;

// Where the guest's agent has the upper directory (guest-agent/assemble/step_root.hh).
constexpr const char* kLayer = "/layer";

} // namespace

std::string RunStep::title() const {
    const auto name = quote(script->name);
    if (step == Step::Script) return "the script " + name;
    return fmt::format("the --{} script {}", protocol::nameOf(step), name);
}

std::vector<RunStep> stepsOf(const RunSpec& spec) {
    std::vector<RunStep> steps;
    if (spec.before.exists()) steps.push_back({Step::Before, &spec.before});
    steps.push_back({Step::Script, &spec.script});
    if (spec.after.exists()) steps.push_back({Step::After, &spec.after});
    return steps;
}

protocol::RunRequest requestOf(Step step, protocol::RunRequest request) {
    request.step = step;
    if (step == Step::Script) return request;
    request.args.clear();
    request.env = mergeEnvironment(request.env, {fmt::format("ROOTLAYER_LAYER={}", kLayer)});
    request.workdir = kLayer;
    request.user.clear();
    request.keepTmp = false;
    return request;
}

} // namespace rootlayer::run

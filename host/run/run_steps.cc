#include "run/run_steps.hh"

#include <fmt/format.h>

#include "base/escape.hh"
#include "protocol/control.hh"
#include "run/run_request.hh"

namespace rootlayer::run {

namespace {

using protocol::Step;

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
    request.env = mergeEnvironment(request.env, {fmt::format("ROOTLAYER_LAYER={}", protocol::kLayerPath)});
    request.workdir = protocol::kLayerPath;
    request.user.clear();
    request.keepTmp = false;
    return request;
}

} // namespace rootlayer::run

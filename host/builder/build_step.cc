#include "builder/build_step.hh"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/contents_layer.hh"
#include "builder/distinct_files.hh"

namespace rootlayer::builder {

namespace {

class ContentsStep final : public BuildStep {
  public:
    explicit ContentsStep(const StepContext& context) : m_context(context) {}

    bool run(const image::BaseImage& base, run::LayerOutput& layer, BuildResult& result) override {
        m_context.clock.begin("contents");
        const auto& run = m_context.spec.run;
        ContentsLayer contents(base.layers(), m_context.engine.settings.temporaryDirectory,
                               {run.keepTimes, run.sourceDateEpoch}, m_context.cancel, &m_context.observer);
        contents.limitEntries(run.maxEntries);
        leaveOutputsOut(contents);
        for (const auto& each : m_context.spec.contents)
            contents.add(each);
        for (const auto& preset : m_context.spec.presets)
            result.presets.push_back({preset, contents.addPreset(parsePreset(preset))});
        contents.write(layer);
        const auto summary = layer.finish();
        result.run.bytes = summary.bytes;
        result.run.entries = summary.entries;
        result.run.diffId = result.contentsDiffId = layer.diffId().str();
        return true;
    }

    std::string madeBy(const BuildResult& result) const override {
        auto line = "rootlayer: contents " + result.contentsDiffId;
        for (const auto& added : result.presets)
            line +=
                fmt::format("; preset {}: {}", parsePreset(added.preset).name,
                            added.paths.empty() ? "nothing" : fmt::format("{}", fmt::join(added.paths, " ")));
        return line;
    }

  private:
    /// They may be in a directory of contents, from the last build or because a shell made them.
    void leaveOutputsOut(ContentsLayer& contents) const {
        struct stat status {};
        for (const auto& file : writtenFiles(m_context.spec)) {
            if (::stat(file.path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) contents.leaveOut(status);
        }
        for (const int fd : {m_context.spec.run.outputFd, STDOUT_FILENO}) {
            if (fd >= 0 && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) contents.leaveOut(status);
        }
    }

    StepContext m_context;
};

class ScriptStep final : public BuildStep {
  public:
    explicit ScriptStep(const StepContext& context) : m_context(context) {}

    bool run(const image::BaseImage& base, run::LayerOutput& layer, BuildResult& result) override {
        const auto& spec = m_context.spec.run;
        run::RunJob job(m_context.engine, spec, base, layer, m_context.clock, m_context.observer,
                        m_context.cancel);
        if (m_context.consoleLog != nullptr) job.keepConsoleIn(*m_context.consoleLog);
        job.keepNetworkLogIn(m_context.networkFiles->log());
        try {
            result.run = job.run();
        } catch (...) {
            m_context.networkFiles->keepLog();
            throw;
        }
        m_context.networkFiles->keep(result.run);
        const auto digestOf = [](const ScriptSpec& script) {
            return script.exists() ? sha256(script.bytes).str() : std::string();
        };
        result.scriptDigest = sha256(spec.script.bytes).str();
        result.beforeDigest = digestOf(spec.before);
        result.afterDigest = digestOf(spec.after);
        return result.run.exitStatus == 0;
    }

    std::string madeBy(const BuildResult& result) const override {
        auto line = "rootlayer: script " + result.scriptDigest;
        if (!result.beforeDigest.empty()) line += "; before " + result.beforeDigest;
        if (!result.afterDigest.empty()) line += "; after " + result.afterDigest;
        return line;
    }

    std::string noteOfEmptyLayer() const override {
        return "the script changed nothing: the image has no new layer";
    }

  private:
    StepContext m_context;
};

} // namespace

bool hasContents(const BuildSpec& spec) {
    return !spec.contents.empty() || !spec.presets.empty() || spec.closure.nixDatabase;
}

std::vector<std::unique_ptr<BuildStep>> stepsOf(const StepContext& context) {
    std::vector<std::unique_ptr<BuildStep>> steps;
    if (hasContents(context.spec)) steps.push_back(std::make_unique<ContentsStep>(context));
    if (context.spec.run.hasScripts()) steps.push_back(std::make_unique<ScriptStep>(context));
    return steps;
}

} // namespace rootlayer::builder

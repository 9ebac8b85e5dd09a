#include "builder/build_job.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "builder/base_layers.hh"
#include "builder/closure_layers.hh"
#include "builder/config_edit.hh"
#include "builder/distinct_files.hh"
#include "builder/open_base.hh"
#include "builder/presets.hh"
#include "builder/provenance.hh"
#include "image/loaded_image.hh"
#include "oci/reference.hh"
#include "run/run_check.hh"
#include "run/run_request.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

namespace {

// The two zero blocks of a tar without entries, as of a layer without changes (rule W17).
constexpr std::uint64_t kEmptyTar = 1024;

/// The requested platform. A script needs one that this host can run.
oci::Platform platformOf(const std::string& wanted, bool machine) {
    const oci::Platform ours;
    auto platform = oci::Platform::parse(wanted);
    if (!machine || oci::matches(platform, ours)) return platform;
    throw Error(ErrorCode::Platform,
                fmt::format("scripts cannot run on {}, only on {}", platform.str(), ours.str()),
                "use a base for " + ours.str());
}

/// The script gets the environment and working directory of the new config; its own options take precedence.
BuildSpec withScriptDefaults(BuildSpec spec) {
    spec.run.env = run::mergeEnvironment(spec.changes.env, spec.run.env);
    if (spec.run.workdir.empty() && spec.changes.workdir) spec.run.workdir = *spec.changes.workdir;
    return spec;
}

/// Checks the spec before any output is opened.
const BuildSpec& checked(const BuildSpec& spec) {
    requireDistinct(writtenFiles(spec));
    return spec;
}

} // namespace

BuildJob::BuildJob(run::Engine& engine, const BuildSpec& spec, Observer& observer, const CancelToken& cancel)
    : m_engine(engine), m_spec(withScriptDefaults(checked(spec))), m_observer(observer), m_cancel(cancel),
      m_clock(observer), m_layer(run::LayerLimits::of(spec.run)),
      m_images(spec, engine.settings, observer, cancel) {
    openOutputs();
    if (!spec.iidFile.empty() && m_images.empty())
        throw Error(ErrorCode::Usage, "--iidfile needs an image, but no output is one",
                    "use --output docker-archive:FILE, or remove --iidfile");
    if (!spec.iidFile.empty()) m_iidFile.emplace(spec.iidFile, "--iidfile");
    if (!spec.provenanceFile.empty()) m_provenance.emplace(spec.provenanceFile, "--provenance");
    m_networkFiles.emplace(spec.run);
    if (!spec.run.consoleLog.empty()) m_consoleLog.emplace(spec.run.consoleLog, "--console-log");
    if (m_layer.wanted() && !hasScript() && !hasContents(spec)) {
        throw Error(
            ErrorCode::Usage, "the output is a layer, but there is no script and no contents",
            "add a script or contents, or put docker-archive:, oci: or oci-archive: in front of the output");
    }
    // Refuse invalid options before anything is read.
    requireClosureOptions(m_spec);
    run::checkSpec(m_spec.run);
    if (hasScript()) checkHost();
    auto trial = oci::ImageConfig::empty({});
    auto check = Json::object();
    check.set("Test", Json::strings({"CMD"})); // as the base may have one
    trial.setRuntime("Healthcheck", std::move(check));
    editConfig(trial, m_spec.changes);
    checkPresets();
    pairsOf(m_spec.changes.annotations, "--annotation");
}

void BuildJob::openOutputs() {
    if (m_spec.run.outputFd >= 0) {
        m_layer.addStream(m_spec.run.outputFd);
    } else if (!m_spec.run.output.empty()) {
        m_layer.addFile(m_spec.run.output);
    }
    for (const auto& output : m_spec.outputs) {
        if (!namesImage(output)) m_layer.addFile(output);
    }
    for (Sink* sink : m_images.layerSinks())
        m_layer.addSink(*sink);
}

void BuildJob::checkPresets() {
    const oci::Platform ours;
    for (const auto& text : m_spec.presets) {
        const auto preset = parsePreset(text);
        const auto platform = oci::Platform::parse(m_spec.run.platform);
        if (!usesBusybox(preset) || oci::matches(platform, ours)) continue;
        throw Error(ErrorCode::Platform,
                    fmt::format("--preset {} is a program for {}, not for {}", preset.name, ours.str(),
                                platform.str()),
                    fmt::format("--preset {}=FILE with a program for {}", preset.name, platform.str()));
    }
}

void BuildJob::checkHost() {
    const auto& run = m_spec.run;
    const auto host = run::HostLimits::ofThisHost(m_engine.settings.temporaryDirectory, run.machine.diskSize);
    for (const auto& warning : run::checkMachine(run, host))
        m_observer.onEvent({.kind = Event::Kind::Warning, .text = warning});
}

BuildResult BuildJob::run() {
    for (const auto& doubt : doubtfulFields(m_spec.changes.configJson))
        warn(doubt);
    openBase();
    if (m_spec.closure.exists()) addClosure();
    const bool made = runSteps();
    for (const auto& layer : m_base->layers())
        m_result.run.baseLayers.push_back(layer.diffId.str());
    if (made) {
        if (!m_images.empty()) makeImage();
        publish();
    }
    m_result.run.phases = m_clock.times();
    return std::move(m_result);
}

void BuildJob::openBase() {
    m_clock.begin("base");
    m_base = builder::openBase(m_spec.run.from,
                               {.platform = platformOf(m_spec.run.platform, hasScript()),
                                .tlsVerify = m_spec.tlsVerify,
                                .useDigestCache = true,
                                .cancel = m_cancel,
                                .observer = &m_observer},
                               m_engine.settings);
    m_layers = m_base->layers();
    m_result.baseManifestDigest = m_base->manifestDigest().empty() ? "" : m_base->manifestDigest().str();
    m_result.baseConfigDigest = m_base->configDigest().empty() ? "" : m_base->configDigest().str();
}

void BuildJob::addClosure() {
    m_clock.begin("closure");
    const ClosureLayers closure(m_spec, m_cancel);
    const auto plan = closure.plan(m_base->layers());
    const auto layers = closure.layers(plan, m_base->layers(), m_observer);
    if (m_spec.closure.nixDatabase) {
        m_nixDatabase.emplace(closure.registration(), m_engine.settings.temporaryDirectory, m_cancel);
        m_spec.contents.push_back(m_nixDatabase->contents());
    }
    auto planned = plan.layers.begin();
    for (const auto& layer : layers) {
        while (planned->paths.empty())
            ++planned;
        const auto has = [&](const image::BaseLayer& each) { return each.diffId == layer.diffId; };
        if (std::none_of(m_layers.begin(), m_layers.end(), has)) {
            m_layers.push_back(layer);
            m_madeBy.push_back(ClosureLayers::madeBy(*planned));
        }
        ++planned;
    }
}

bool BuildJob::runSteps() {
    m_steps = stepsOf({m_engine, m_spec, m_clock, m_observer, m_cancel,
                       m_consoleLog ? &*m_consoleLog : nullptr, &*m_networkFiles});
    for (const auto& step : m_steps) {
        const bool last = step == m_steps.back();
        const bool made = last ? step->run(image::LoadedImage(m_base->config(), m_layers), m_layer, m_result)
                               : runBelow(*step);
        if (!made) return false;
    }
    return true;
}

bool BuildJob::runBelow(BuildStep& step) {
    run::LayerOutput layer(run::LayerLimits::of(m_spec.run));
    image::Spool spool(m_engine.settings.temporaryDirectory, "the layer of a step");
    layer.addSink(spool);
    if (!step.run(image::LoadedImage(m_base->config(), m_layers), layer, m_result)) return false;
    spool.finish();
    m_layers.push_back(image::spooledBaseLayer(spool, m_cancel));
    m_madeBy.push_back(step.madeBy(m_result));
    return true;
}

void BuildJob::makeImage() {
    m_clock.begin("image");
    auto config = m_base->config();
    editConfig(config, m_spec.changes);
    addNewLayers(config);
    if (m_spec.squash) squash(config);
    config.document().set("created", *history({}).find("created"));
    m_result.config = config.write();
    const auto digest = sha256(m_result.config);
    m_result.configDigest = digest.str();
    m_result.names = m_spec.tagByDigest ? namesByDigest(m_spec.names, digest) : checkedNames(m_spec.names);
    noteLowerCase(m_spec.names, m_result.names, m_observer);
    m_result.outputs = m_images.write(config, m_layers, m_newLayers, m_spec.changes, m_result.names);
    if (m_iidFile) m_iidFile->write(m_result.configDigest);
}

void BuildJob::addNewLayers(oci::ImageConfig& config) {
    std::vector<image::BaseLayer> below(m_layers.end() - static_cast<std::ptrdiff_t>(m_madeBy.size()),
                                        m_layers.end());
    m_layers.resize(m_layers.size() - below.size());
    for (std::size_t i = 0; i < below.size(); ++i)
        addLayer(config, std::move(below[i]), m_madeBy[i]);
    if (m_steps.empty()) {
        if (!m_spec.closure.exists()) config.addEmptyHistory(history("rootlayer"));
        return;
    }
    const auto& last = *m_steps.back();
    if (m_result.run.bytes > kEmptyTar) {
        m_images.finishLayer(Digest::parse(m_result.run.diffId));
        return addLayer(config, m_images.newLayer(), last.madeBy(m_result));
    }
    if (const auto text = last.noteOfEmptyLayer(); !text.empty()) note(text);
    config.addEmptyHistory(history(last.madeBy(m_result)));
}

void BuildJob::addLayer(oci::ImageConfig& config, image::BaseLayer layer, const std::string& madeBy) {
    config.addLayer(layer.diffId, history(madeBy));
    m_layers.push_back(std::move(layer));
    ++m_newLayers;
}

void BuildJob::squash(oci::ImageConfig& config) {
    m_clock.begin("squash");
    store::FileSpool files(m_engine.settings.temporaryDirectory);
    store::FlatTree tree(&files, &m_cancel);
    for (const auto& layer : m_layers)
        addBaseLayer(tree, layer, *layer.open(), nullptr);
    image::Spool spool(m_engine.settings.temporaryDirectory, "the squashed layer");
    tree.write(spool);
    spool.finish();
    config.clearLayers();
    m_layers.clear();
    m_newLayers = 0;
    addLayer(config, image::spooledBaseLayer(spool, m_cancel), "rootlayer: squashed");
    m_clock.begin("image");
}

Json BuildJob::history(const std::string& madeBy) const {
    const auto& changes = m_spec.changes;
    const auto created = changes.created ? *changes.created : m_spec.run.sourceDateEpoch.value_or(0);
    auto entry = Json::object();
    entry.set("created", Json::string(timestamp(created)));
    if (changes.author) entry.set("author", Json::string(*changes.author));
    entry.set("created_by", Json::string(madeBy));
    if (!changes.comment.empty()) entry.set("comment", Json::string(changes.comment));
    return entry;
}

void BuildJob::publish() {
    m_clock.begin("publish");
    if (m_provenance) m_provenance->write(provenanceOf(m_spec, m_result));
    m_images.prepare();
    m_layer.prepare();
    if (m_iidFile) m_iidFile->prepare();
    if (m_provenance) m_provenance->prepare();
    m_images.push();
    m_clock.end();
    m_result.run.phases = m_clock.times();
    if (m_spec.beforePublishing) m_spec.beforePublishing(m_result);
    // The files about the outputs appear first, so that they exist for any output that exists.
    if (m_iidFile) m_iidFile->commit();
    if (m_provenance) m_provenance->commit();
    m_images.commit();
    m_layer.commit();
}

void BuildJob::warn(std::string_view text) {
    m_observer.onEvent({.kind = Event::Kind::Warning, .text = text});
}

void BuildJob::note(std::string_view text) {
    m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
}

} // namespace rootlayer::builder

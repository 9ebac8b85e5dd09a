#include "build/build_job.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "build/config_edit.hh"
#include "build/run_request.hh"
#include "oci/reference.hh"

namespace rootlayer::build {

namespace {

// The two zero blocks of a layer in which nothing was changed ([W17]).
constexpr std::uint64_t kEmptyTar = 1024;

/// A layer can be larger than the disk it was made on: holes and broken hard links are written out.
std::uint64_t mostBytes(const RunSpec& spec) {
    return 2 * spec.diskSize + (std::uint64_t{1} << 30);
}

/// What is asked for, if a machine can be it, should one be needed.
oci::Platform platformOf(const std::string& wanted, bool machine) {
    const oci::Platform ours;
    auto platform = oci::Platform::parse(wanted);
    if (!machine || oci::matches(platform, ours)) return platform;
    throw Error(ErrorCode::Platform,
                fmt::format("a machine for {} cannot be made, only for {}", platform.str(), ours.str()),
                "a base for " + ours.str());
}

/// The script sees what the image's config will say; what is the script's alone wins.
BuildSpec withScriptDefaults(BuildSpec spec) {
    spec.run.env = mergeEnvironment(spec.changes.env, spec.run.env);
    if (spec.run.workdir.empty() && spec.changes.workdir) spec.run.workdir = *spec.changes.workdir;
    return spec;
}

} // namespace

BuildJob::BuildJob(Workshop& workshop, const BuildSpec& spec, Observer& observer, const CancelToken& cancel)
    : m_workshop(workshop), m_spec(withScriptDefaults(spec)), m_observer(observer), m_cancel(cancel),
      m_clock(observer), m_layer(mostBytes(spec.run)), m_images(spec, workshop.settings, m_layer, cancel) {
    if (spec.run.outputFd >= 0) {
        m_layer.addStream(spec.run.outputFd);
    } else if (!spec.run.output.empty()) {
        m_layer.addFile(spec.run.output);
    }
    if (!spec.iidFile.empty()) m_iidFile.emplace(spec.iidFile);
    // What makes no sense is refused before anything is read.
    auto trial = oci::ImageConfig::empty({});
    editConfig(trial, m_spec.changes);
    pairsOf(m_spec.changes.annotations, "--annotation");
}

BuildResult BuildJob::run() {
    openBase();
    if (!hasScript() || runScript()) {
        if (!m_images.empty()) makeImage();
        publish();
    }
    m_clock.end();
    for (const auto& layer : m_base->layers())
        m_result.run.baseLayers.push_back(layer.diffId.str());
    m_result.run.phases = m_clock.times();
    return std::move(m_result);
}

void BuildJob::openBase() {
    m_clock.begin("base");
    image::OpenOptions options;
    options.platform = platformOf(m_spec.run.platform, hasScript());
    options.temporaryFolder = m_workshop.settings.temporaryFolder;
    options.cancel = m_cancel;
    m_base = image::openBase(oci::Reference::parse(m_spec.run.from), options);
    m_layers = m_base->layers();
    m_result.baseManifestDigest = m_base->manifestDigest().empty() ? "" : m_base->manifestDigest().str();
    m_result.baseConfigDigest = m_base->configDigest().empty() ? "" : m_base->configDigest().str();
}

bool BuildJob::runScript() {
    RunJob job(m_workshop, m_spec.run, *m_base, m_layer, m_clock, m_observer, m_cancel);
    m_result.run = job.run();
    m_result.scriptDigest = sha256(m_spec.run.script.bytes).str();
    return m_result.run.exitStatus == 0;
}

void BuildJob::makeImage() {
    m_clock.begin("image");
    auto config = m_base->config();
    editConfig(config, m_spec.changes);
    const auto baseLayers = m_layers.size();
    addNewLayer(config);
    config.document().set("created", *history().find("created"));
    m_result.names = checkedNames(m_spec.names);
    noteNames();
    m_result.outputs = m_images.write(config, m_layers, m_layers.size() - baseLayers, m_spec.changes);
    m_result.config = config.write();
    m_result.configDigest = sha256(m_result.config).str();
    if (m_iidFile) m_iidFile->write(m_result.configDigest);
}

void BuildJob::addNewLayer(oci::ImageConfig& config) {
    if (hasScript() && m_result.run.bytes > kEmptyTar) {
        m_images.finishLayer(Digest::parse(m_result.run.diffId));
        m_layers.push_back(m_images.newLayer());
        config.addLayer(m_layers.back().diffId, history());
        return;
    }
    if (hasScript()) note("the script changed nothing: the image has no new layer");
    config.addEmptyHistory(history());
}

oci::Json BuildJob::history() const {
    const auto& changes = m_spec.changes;
    const auto created = changes.created ? *changes.created : m_spec.run.sourceDateEpoch.value_or(0);
    auto entry = oci::Json::object();
    entry.set("created", oci::Json::string(timestamp(created)));
    if (changes.author) entry.set("author", oci::Json::string(*changes.author));
    entry.set("created_by",
              oci::Json::string(hasScript() ? "rootlayer: script " + m_result.scriptDigest : "rootlayer"));
    if (!changes.comment.empty()) entry.set("comment", oci::Json::string(changes.comment));
    return entry;
}

void BuildJob::publish() {
    m_clock.begin("publish");
    m_images.commit();
    m_layer.commit();
    if (m_iidFile && !m_images.empty()) m_iidFile->commit();
}

/// Upper case has become lower case, as in dockerTools: no registry takes another.
void BuildJob::noteNames() {
    for (std::size_t i = 0; i < m_result.names.size(); ++i) {
        const auto& given = m_spec.names[i];
        if (m_result.names[i].starts_with(given)) continue;
        note(fmt::format("the image's name {} becomes {}", quote(given), m_result.names[i]));
    }
}

void BuildJob::note(std::string_view text) {
    m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
}

} // namespace rootlayer::build

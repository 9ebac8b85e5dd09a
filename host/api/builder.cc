#include <rootlayer/builder.hh>

#include <utility>

#include <rootlayer/cache.hh>

#include "api/observed_call.hh"
#include "api/time_limit.hh"
#include "base/cache_directory.hh"
#include "builder/build_job.hh"
#include "builder/build_products.hh"
#include "vm/architecture.hh"
#include "vm/libvirt/hypervisor.hh"
#include "vm/qemu/template_store.hh"

namespace rootlayer {

namespace {

// QEMU starts in a tenth of a second, but on a new host libvirt first probes it for some seconds.
constexpr std::chrono::milliseconds kStartTimeout{60'000};

vm::HypervisorSettings hypervisorSettings(const Settings& settings) {
    return {.connectUri = settings.connectUri,
            .runtimeDirectory = settings.runtimeDirectory,
            .capabilityCache = CachePart(settings.cacheDirectory, &CacheDirectory::libvirt)};
}

} // namespace

struct Builder::State {
    State(Settings settings, const StandbyMachine& next)
        : hypervisor(hypervisorSettings(settings)),
          memory({settings.cacheDirectory, &CacheDirectory::accelerators}),
          templates({settings.cacheDirectory, &CacheDirectory::templates}, settings.temporaryDirectory),
          engine{std::move(settings), {}, memory}, waiting(next) {
        const run::StartMachine withLibvirt = [this](const vm::MachineSpec& spec, const CancelToken& cancel) {
            return hypervisor.start(spec, Deadline::after(kStartTimeout), &cancel, {});
        };
        if (!engine.settings.connectUri.empty()) {
            engine.startMachine = withLibvirt;
            return;
        }
        engine.templates = &templates;
        engine.waiting = &waiting;
        engine.startMachine = [](const vm::MachineSpec& spec, const CancelToken& cancel) {
            return vm::QemuMachine::start(spec, Deadline::after(kStartTimeout), &cancel);
        };
        // A QEMU that was chosen works, or the run fails.
        if (vm::Hypervisor::available() && engine.settings.qemu.empty()) engine.startOtherwise = withLibvirt;
    }

    vm::Hypervisor hypervisor;
    vm::AcceleratorCache memory;
    vm::TemplateStore templates;
    run::Engine engine;
    std::string notice = engine.settings.cacheNotice; ///< empty once it was reported
    run::StandbySlot waiting;                         ///< declared after the templates, which it uses
};

Builder::Builder(Settings settings, const StandbyMachine& next)
    : m_state(std::make_unique<State>(std::move(settings), next)) {}

Builder::~Builder() = default;

RunResult Builder::run(const RunSpec& spec, Observer& observer, const CancelToken& cancel) {
    BuildSpec layerOnly;
    layerOnly.run = spec;
    layerOnly.run.script.given = true;
    return build(layerOnly, observer, cancel).run;
}

BuildResult Builder::build(const BuildSpec& spec, Observer& observer, const CancelToken& cancel) {
    if (const auto notice = std::exchange(m_state->notice, {}); !notice.empty()) {
        observer.onEvent({.kind = Event::Kind::Warning, .text = notice});
    }
    const auto make = [&] {
        m_state->hypervisor.check();
        if (spec.run.hasScripts()) vm::checkQemu(m_state->engine.settings.qemu);
        BuildResult built;
        api::withinTime(spec.run.deadline, cancel, [&](const CancelToken& token) {
            built = builder::BuildJob(m_state->engine, spec, observer, token).run();
        });
        return built;
    };
    auto result = api::observedCall(
        observer, make, [&](const BuildResult& built) { return builder::outcomeOf(spec, built); });
    try {
        const auto& settings = m_state->engine.settings;
        Cache(settings).prune(settings.cacheLimit);
    } catch (const std::exception&) {
        // Not fatal: the run has succeeded, and the next one prunes the cache.
    }
    return result;
}

} // namespace rootlayer

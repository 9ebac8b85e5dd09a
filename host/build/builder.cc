#include <rootlayer/builder.hh>

#include <utility>

#include <rootlayer/cache.hh>

#include "build/build_job.hh"
#include "build/build_products.hh"
#include "build/observed_call.hh"
#include "vm/hypervisor.hh"
#include "vm/template_store.hh"

namespace rootlayer {

namespace {

// QEMU itself is there in half a second; the first time on a host libvirt looks at it for some seconds.
constexpr std::chrono::milliseconds kStartPatience{60'000};

vm::HypervisorSettings hypervisorSettings(const Settings& settings) {
    return {.connectUri = settings.connectUri,
            .runtimeFolder = settings.runtimeFolder,
            .capabilityCache = settings.cacheFolder + "/libvirt"};
}

} // namespace

struct Builder::State {
    State(Settings settings, const NextMachine& next)
        : hypervisor(hypervisorSettings(settings)), memory(settings.cacheFolder + "/accelerators"),
          templates(settings.cacheFolder + "/templates", settings.temporaryFolder),
          workshop{std::move(settings), {}, memory}, waiting(next) {
        if (workshop.settings.connectUri.empty()) {
            workshop.templates = &templates;
            workshop.waiting = &waiting;
        }
        workshop.startMachine = [this](const vm::MachineSpec& spec, const CancelToken& cancel) {
            return hypervisor.start(spec, Deadline::after(kStartPatience), &cancel, {});
        };
    }

    vm::Hypervisor hypervisor;
    vm::AcceleratorMemory memory;
    vm::TemplateStore templates;
    build::Workshop workshop;
    std::string notice = workshop.settings.cacheNotice; ///< until it was given
    build::WaitingRoom waiting; ///< behind the templates, from which it makes machines
};

Builder::Builder(Settings settings, const NextMachine& next)
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
    const auto make = [&] { return build::BuildJob(m_state->workshop, spec, observer, cancel).run(); };
    auto result = build::observedCall(
        observer, make, [&](const BuildResult& built) { return build::outcomeOf(spec, built); });
    try {
        const auto& settings = m_state->workshop.settings;
        Cache(settings).prune(settings.cacheLimit);
    } catch (const std::exception&) {
        // A cache that is too large is no reason to fail a run that is done.
    }
    return result;
}

} // namespace rootlayer

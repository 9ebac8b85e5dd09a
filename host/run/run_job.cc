#include "run/run_job.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/temp_dir.hh"
#include "images/agent_blob.hh"
#include "images/guest_image_spec.hh"
#include "run/assemble_request.hh"
#include "run/damage_check.hh"
#include "run/input_disk.hh"
#include "run/layer_packing.hh"
#include "run/lost_machine.hh"
#include "run/machine_plan.hh"
#include "run/outcome.hh"
#include "run/run_request.hh"
#include "run/scratch_fault.hh"
#include "vm/devices.hh"
#include "vm/scratch_disk.hh"

namespace rootlayer::run {

namespace {

constexpr const char* kScratch = "scratch";

std::uint64_t sizeOf(const std::vector<store::LayerDisk>& disks) {
    std::uint64_t size = 0;
    for (const auto& disk : disks)
        size += disk.size;
    return size;
}

} // namespace

RunJob::RunJob(Engine& engine, const RunSpec& spec, const image::BaseImage& base, LayerOutput& output,
               PhaseClock& clock, Observer& observer, const CancelToken& cancel)
    : m_engine(engine), m_spec(spec), m_base(base), m_output(output), m_clock(clock), m_observer(observer),
      m_cancel(cancel), m_scriptOutput(observer, spec.maxOutput) {
    const auto& config = base.config();
    const BaseDefaults defaults{config.strings("Env"), config.string("WorkingDir"), config.string("User")};
    m_steps = stepsOf(spec);
    const auto request = makeRunRequest(spec, defaults, {});
    for (const auto& step : m_steps)
        m_requests.push_back(requestOf(step.step, request));
}

RunResult RunJob::run() {
    for (;; m_again = true) {
        if (auto result = attempt()) return *std::move(result);
        forgetMachine();
    }
}

std::optional<RunResult> RunJob::attempt() {
    prepareGuestImage();
    convertLayers();
    try {
        boot();
        watchScratch();
        assemble();
        prepareNext();
        const bool succeeded = runScripts();
        checkScratch();
        if (looksDamaged() && removeDamaged()) return std::nullopt;
        if (succeeded) {
            packLayer();
            checkScratch();
        }
        if (succeeded && looksDamaged() && removeDamaged()) return std::nullopt;
    } catch (const Error& error) {
        const auto cause = causeOf(error);
        if (isOfMachine(cause) && removeDamaged()) return std::nullopt;
        keepConsoleOfFailure();
        if (!m_machine) throw;
        rethrowWithConsole(cause, *m_machine, m_directory->path());
    }
    stop();
    return std::move(m_result);
}

void RunJob::forgetMachine() {
    m_network.reset();
    m_session.reset();
    m_machine.reset();
    m_directory.reset();
    m_disks.clear();
    m_result = {};
    if (m_engine.waiting != nullptr) m_engine.waiting->clear();
}

bool RunJob::looksDamaged() {
    return diedOfDamage(m_result.exitStatus) || saysReadError(m_machine->machine->consoleTail());
}

bool RunJob::removeDamaged() {
    const auto accelerators = vm::acceleratorKey(m_guestImage.kernelDigest, m_engine.settings.qemu);
    const auto damages = run::removeDamaged({m_engine.settings.cacheDirectory, m_disks, m_guestImage,
                                             m_engine.acceleratorCache, m_engine.templates, plain(),
                                             accelerators, templateImage(accelerators)});
    if (damages.empty()) return false;
    for (const auto& damage : damages)
        m_observer.onEvent(
            {.kind = Event::Kind::Warning, .text = "removed a damaged cache entry: " + damage});
    // Parts of the layer were already passed on.
    if (m_again || !m_output.empty()) {
        throw Error(ErrorCode::Machine, "the run used damaged cache entries",
                    "run it again: the entries were removed and will be recreated");
    }
    m_observer.onEvent({.kind = Event::Kind::Warning, .text = "restarting the run"});
    return true;
}

std::string RunJob::templateImage(const std::string& acceleratorKey) const {
    return fmt::format("{} {}", acceleratorKey, m_guestImage.initramfsDigest.str());
}

void RunJob::prepareGuestImage() {
    m_clock.begin("guest-image");
    m_guestImage =
        images::ensureGuestImage(images::guestImageSpec(m_engine.settings), &m_observer, &m_cancel);
}

void RunJob::convertLayers() {
    m_clock.begin("convert");
    const std::vector<layer::OpenableLayer> sources(m_base.layers().begin(), m_base.layers().end());
    store::LayerStore layers(CacheDirectory(m_engine.settings.cacheDirectory).layers());
    try {
        m_disks = layers.disksFor(sources, &m_observer, &m_cancel, m_spec.from, &m_acls);
    } catch (Error& error) {
        error.addContext("the base " + quote(m_spec.from));
        if (error.code() != ErrorCode::Cancelled && error.code() != ErrorCode::Timeout)
            error.addHint("check that it is complete and of the kind that its prefix says");
        throw;
    }
}

vm::Extent RunJob::putInputs(const std::string& path, std::uint64_t offset) {
    InputDisk inputs(path, offset);
    for (std::size_t i = 0; i < m_steps.size(); ++i) {
        auto& request = m_requests[i];
        request.script = inputs.add(m_steps[i].script->bytes);
        request.words.reset();
        const auto words = wordsApart(request);
        if (!words.empty()) request.words = inputs.add(words);
    }
    if (!m_acls.items.empty()) m_aclSection = inputs.add(layer::encodeAcls(m_acls.items));
    return {path, inputs.finish()};
}

vm::MachineSpec RunJob::prepareMachine(std::unique_ptr<vm::RunDirectory> directory) {
    const bool hasScratch = directory != nullptr;
    m_directory.reset();
    m_directory = hasScratch ? std::move(directory)
                             : std::make_unique<vm::RunDirectory>(m_engine.settings.temporaryDirectory);
    vm::MachineSpec machine;
    inTemporarySpace([&] { machine = machineIn(hasScratch); });
    return machine;
}

vm::MachineSpec RunJob::machineIn(bool hasScratch) {
    auto machine = plain();
    machine.directory = m_directory->path();
    for (const auto& disk : m_disks)
        machine.layers.push_back({disk.path, disk.size});
    machine.layers.push_back(putInputs(m_directory->file("inputs"), sizeOf(m_disks)));
    machine.scratch = m_directory->file(kScratch);
    if (!hasScratch) vm::makeScratchDisk(machine.scratch, m_spec.machine.diskSize, &m_cancel);
    return machine;
}

vm::MachineSpec RunJob::plain() const {
    return plainMachine(m_guestImage, m_spec.machine, m_engine.settings.qemu);
}

TemplateUse RunJob::templateUse(const std::string& key) const {
    if (!m_spec.machine.useTemplate) return {nullptr, "disabled", {}};
    if (m_engine.templates == nullptr) return {nullptr, "not supported with --connect", {}};
    TemplateUse use;
    use.store = m_engine.templates;
    use.image = templateImage(key);
    use.waiting = m_engine.waiting;
    use.plain = plain();
    use.diskSize = m_spec.machine.diskSize;
    return use;
}

void RunJob::boot() {
    const auto key = vm::acceleratorKey(m_guestImage.kernelDigest, m_engine.settings.qemu);
    vm::AcceleratorChoice choice(
        policyOf(m_spec.machine.acceleration), [] { return vm::probeKvmDevice(); },
        &m_engine.acceleratorCache, key);
    Boot bootMachine(m_engine.startMachine, m_engine.startOtherwise, templateUse(key), m_clock, m_observer,
                     m_cancel);
    m_machine.emplace(
        bootMachine(choice, [this](auto directory) { return prepareMachine(std::move(directory)); }));
    m_result.accelerator = vm::name(choice.current());
    m_result.acceleratorReason = m_machine->reason;
    const auto isolation = m_machine->machine->isolation();
    m_result.confinement = vm::namesOf(isolation);
    m_result.confined = isolation.confined();
    const auto qemu = m_machine->machine->qemu();
    m_result.qemuPath = qemu.path;
    m_result.qemuVersion = qemu.version;
    requireIsolation(m_spec.machine.minIsolation, choice.current(), isolation);
    m_result.start = m_machine->waited ? "waiting" : m_machine->restored ? "template" : "cold";
    m_result.startReason = m_machine->coldReason;
    m_result.kernelRelease = m_machine->hello.kernel;
    m_result.kernelDigest = m_guestImage.kernelDigest.str();
    m_result.guest = m_guestImage.kernel.substr(0, m_guestImage.kernel.rfind('/'));
    m_result.guestReady = m_guestImage.ready;
    m_result.agentDigest = images::agentDigest().str();
    m_session.emplace(*m_machine->connection, m_scriptOutput);
}

void RunJob::requireFeatures() const {
    const auto require = [&](const char* feature, const char* options) {
        if (guestHas(feature)) return;
        throw Error(ErrorCode::Guest, fmt::format("the guest's agent does not support {}", options),
                    "use the guest image of this version of rootlayer: rootlayer guest build");
    };
    if (m_spec.keepTmp) require("keep-tmp", "--keep-tmp");
    if (m_steps.size() > 1) require("steps", "--before and --after");
}

void RunJob::assemble() {
    m_clock.begin("assemble");
    requireFeatures();
    warnOfHiddenAcls();
    auto request = makeAssembleRequest(m_disks);
    if (guestHas("acls")) request.acls = m_aclSection;
    request.rootLater = m_spec.before.exists();
    m_session->assemble(request);
}

void RunJob::watchScratch() {
    const int fd = m_machine->machine->faultFd();
    if (fd < 0) return;
    m_machine->connection->alsoWatch(fd, [this, fd] {
        checkScratch();
        if (!m_machine->machine->running()) m_machine->connection->stopWatching(fd);
    });
}

void RunJob::checkScratch() {
    const auto fault = m_machine->machine->diskFault();
    if (fault) throw scratchError(*fault, m_engine.settings.temporaryDirectory);
}

Error RunJob::causeOf(const Error& error) {
    if (!m_machine || error.code() == ErrorCode::Cancelled) return error;
    const auto fault = m_machine->machine->diskFault();
    return fault ? scratchError(*fault, m_engine.settings.temporaryDirectory) : error;
}

void RunJob::warnOfHiddenAcls() {
    const auto hidden = m_acls.left + (guestHas("acls") ? 0 : m_acls.items.size());
    if (hidden == 0) return;
    const auto text = fmt::format(
        "{} POSIX ACLs of the base are not shown to the script; entries that have one and are changed by "
        "the script lose it in the layer",
        hidden);
    m_observer.onEvent({.kind = Event::Kind::Warning, .text = text});
    m_result.warnings.push_back(text);
}

void RunJob::prepareNext() const {
    auto* room = m_engine.waiting;
    if (room == nullptr || m_machine->templateKey.empty() || !room->admits(m_spec.machine.memory)) return;
    auto next = plain();
    next.accelerator = m_machine->accelerator;
    room->prepare(standbyKey(m_machine->templateKey, m_spec.machine.diskSize),
                  [next, store = m_engine.templates, key = m_machine->templateKey,
                   parent = m_engine.settings.temporaryDirectory,
                   size = m_spec.machine.diskSize](const CancelToken& cancel) mutable {
                      PreparedMachine made;
                      made.directory = std::make_unique<vm::RunDirectory>(parent);
                      next.directory = made.directory->path();
                      next.scratch = made.directory->file(kScratch);
                      vm::makeScratchDisk(next.scratch, size, &cancel);
                      made.machine = store->prepare(key, next, &cancel);
                      return made;
                  });
}

bool RunJob::runScripts() {
    if (m_spec.timeout.count() > 0) m_timeLimit = Deadline::after(m_spec.timeout);
    for (std::size_t i = 0; i < m_steps.size() && m_result.exitStatus == 0; ++i)
        runStep(i);
    return m_result.exitStatus == 0;
}

protocol::RunReply RunJob::runWithNetwork(protocol::RunRequest request) {
    m_network.emplace(m_spec, m_observer, m_result);
    if (m_networkLog != nullptr) m_network->keepLogIn(*m_networkLog);
    request.network = m_network->request();
    m_network->start(*m_machine->machine, m_directory->path(), *m_machine->connection, *m_session);
    try {
        auto reply = m_session->run(request);
        m_network->finish(m_cancel);
        return reply;
    } catch (...) {
        m_network->abandon();
        throw;
    }
}

void RunJob::runStep(std::size_t number) {
    const auto& step = m_steps[number];
    const bool script = step.step == protocol::Step::Script;
    m_clock.begin(protocol::nameOf(step.step));
    m_scriptOutput.setScript(step.title());
    auto request = m_requests[number];
    if (request.words) request.args = request.env = {};
    // A limit of 0 would be none.
    if (const auto left = m_timeLimit.pollTimeout(); left >= 0)
        request.timeout = static_cast<std::uint64_t>(std::max(left, 1));
    protocol::RunReply reply;
    try {
        reply = script ? runWithNetwork(request) : m_session->run(request);
    } catch (const Error& error) {
        if (m_timeLimit.expired() && error.code() != ErrorCode::Cancelled)
            throw timeoutThen(error, step, m_spec);
        throw;
    }
    recordOutcome(reply, step, m_spec, m_result);
    if (script) m_network->addHint();
}

/// Whether the layer may refer to ranges of the scratch disk. With --connect the disk may be on another host.
bool RunJob::readsRanges() const {
    return m_engine.templates != nullptr && guestHas("ranges");
}

bool RunJob::guestHas(const char* feature) const {
    const auto& features = m_machine->hello.features;
    return std::find(features.begin(), features.end(), feature) != features.end();
}

void RunJob::packLayer() {
    m_clock.begin("pack");
    LayerPacking packing(m_spec, *m_session, m_output, m_observer, m_cancel);
    if (readsRanges()) packing.readRangesFrom(m_directory->file(kScratch));
    packing.receive(m_timeLimit, m_result);
}

void RunJob::stop() {
    auto warnings = m_session->warnings();
    warnings.insert(warnings.end(), m_result.warnings.begin(), m_result.warnings.end());
    m_result.warnings = std::move(warnings);
    m_clock.begin("stop");
    keepConsole();
    m_network.reset();
    m_session.reset();
    m_machine.reset();
    m_clock.end();
}

void RunJob::keepConsole() {
    if (m_consoleLog == nullptr || !m_directory) return;
    const auto path = m_directory->file(vm::kConsoleFile);
    if (::access(path.c_str(), R_OK) == 0) {
        FileSource console(path, "console");
        copy(console, *m_consoleLog);
    }
    m_consoleLog->commit();
    m_consoleLog = nullptr;
}

void RunJob::keepConsoleOfFailure() noexcept {
    try {
        keepConsole();
    } catch (const std::exception&) {
        // Not reported: the caller needs the run's own failure.
    }
}

} // namespace rootlayer::run

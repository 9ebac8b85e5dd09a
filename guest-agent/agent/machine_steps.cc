#include "guest-agent/agent/machine_steps.hh"

#include <cstdint>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "guest-agent/agent/clock.hh"
#include "guest-agent/assemble/disk_driver.hh"
#include "guest-agent/assemble/disks.hh"
#include "guest-agent/assemble/overlay_root.hh"
#include "guest-agent/assemble/step_root.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/process_group.hh"
#include "guest-agent/pack/layer_packer.hh"
#include "guest-agent/pack/scrub.hh"
#include "guest-agent/script/run_clock.hh"
#include "guest-agent/script/script_namespaces.hh"
#include "guest-agent/script/script_plan.hh"
#include "guest-agent/script/script_runner.hh"
#include "guest-agent/script/volatile_directories.hh"
#include "layer/tar_writer.hh"
#include "protocol/control.hh"

namespace rootlayer::guest {

namespace {

// The script is kept in memory, for a moment twice.
constexpr std::uint64_t kMaxScript = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxWords = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxAcls = std::uint64_t{16} << 20;

UniqueFd openDirectory(const char* path) {
    UniqueFd fd(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) throw systemError("cannot open the directories to be packed");
    return fd;
}

/// What a run keeps between its requests.
struct RunState {
    std::unique_ptr<RunClock> clock; ///< null until the run begins
    std::string lowers;              ///< of the base
    bool mounted = false;            ///< the script's root
    bool changedInPlace = false;     ///< a script has had the upper directory itself
};

void mountRootOf(RunState& state, HostLink& link) {
    mountRoot(state.lowers, [&](std::string_view text) { link.warn(text); });
    state.mounted = true;
}

/// From here on the upper directory can be changed and read.
void unmountRootOf(RunState& state) {
    if (!state.mounted) return;
    unmountRoot();
    state.mounted = false;
    const UniqueFd upper = openDirectory(kUpper);
    removeUnusedMountPoints(upper.get(), openDirectory(kSkeleton).get());
}

void assemble(const protocol::AssembleRequest& request, RunState& state, HostLink& link) {
    // First of all: times and random numbers end up in what the script creates.
    addEntropy(request.entropy);
    setClock(request.clock);
    state.clock = std::make_unique<RunClock>();
    if (::sethostname(request.hostname.data(), request.hostname.size()) != 0) {
        throw systemError("cannot set the guest's host name");
    }
    bindDisks();
    mountLayers(request.layers);
    mountScratch();
    std::vector<layer::AclItem> acls;
    if (request.acls) acls = layer::decodeAcls(readInput(*request.acls, kMaxAcls));
    state.lowers = mountBase(request.layers, acls, [&](std::string_view text) { link.warn(text); });
    if (!request.rootLater) mountRootOf(state, link);
    mountVolatileDirectories();
}

/// The part of the script's environment that is the same for all runs. It is made before the first request,
/// and so kept in a template.
struct ScriptSandbox {
    ProcessGroup group = ProcessGroup::make();
    ScriptNamespaces namespaces = ScriptNamespaces::make();
};

/// If the kernel cannot make the sandbox, the run request fails, not the boot.
class PreparedSandbox final {
  public:
    PreparedSandbox() {
        try {
            m_sandbox = std::make_unique<ScriptSandbox>();
        } catch (...) {
            m_failure = std::current_exception();
        }
    }
    /// Once: the sandbox, with what the script left in it, such as shared memory, is destroyed after the run.
    std::unique_ptr<ScriptSandbox> take() {
        if (m_failure) std::rethrow_exception(m_failure);
        return std::move(m_sandbox);
    }

  private:
    std::unique_ptr<ScriptSandbox> m_sandbox;
    std::exception_ptr m_failure;
};

/// Reads from the disk the arguments that did not fit in a frame.
protocol::RunRequest withWords(protocol::RunRequest request) {
    if (!request.words) return request;
    auto words = protocol::decodeRunWords(readInput(*request.words, kMaxWords));
    request.args = std::move(words.args);
    request.env = std::move(words.env);
    return request;
}

protocol::RunReply runInRoot(const protocol::RunRequest& request, PreparedSandbox& made, RunClock& clock,
                             HostLink& link) {
    const auto sandbox = made.take();
    const ScriptPlaces places{
        kRoot, kTemporary, kRun, kDevices, kBusybox, kScratch, &sandbox->namespaces, sandbox->group.joinFd()};
    const auto plan = planScript(request, readInput(request.script, kMaxScript), places);
    return runScript(request, plan, link, &clock);
}

/// A script of --before or --after, in the upper directory.
protocol::RunReply runInLayer(const protocol::RunRequest& request, RunState& state, HostLink& link) {
    const StepRoot root(state.lowers);
    const StepDirectories directories;
    ScriptSandbox sandbox;
    const ScriptPlaces places{
        kStepRoot, StepDirectories::temporary(), StepDirectories::run(), kStepDevices, kBusybox,
        kScratch,  &sandbox.namespaces,          sandbox.group.joinFd()};
    const auto plan = planScript(request, readInput(request.script, kMaxScript), places);
    return runScript(request, plan, link, state.clock.get());
}

protocol::RunReply run(const protocol::RunRequest& asked, PreparedSandbox& made, RunState& state,
                       HostLink& link) {
    const auto request = withWords(asked);
    if (request.step == protocol::Step::Script) return runInRoot(request, made, *state.clock, link);
    unmountRootOf(state);
    state.changedInPlace = true;
    auto reply = runInLayer(request, state, link);
    if (request.step == protocol::Step::Before) mountRootOf(state, link);
    return reply;
}

protocol::PackEnd pack(const protocol::PackRequest& request, RunState& state, Sink& layer, HostLink& link) {
    unmountRootOf(state);
    auto& clock = *state.clock;
    const UniqueFd upper = openDirectory(kUpper);
    const UniqueFd lower = openDirectory(kLower);
    if (!request.scrub.empty()) scrubUpper(upper.get(), lower.get(), request.scrub);
    // From here on nothing changes the tree.
    clock.look();
    const PackTimes times{request.resetTo, request.clampMtime, clock.times()};
    protocol::PackEnd end;
    end.unpacked = countLeftInVolatileDirectories([&] { link.tick(); });
    layer::TarWriter writer(layer);
    PackEvents events{[&](std::string_view text) { link.warn(text); }, [&] { link.tick(); }};
    if (request.ranges) events.range = [&](const protocol::Range& range) { link.range(range); };
    events.zeros = request.zeros;
    events.flags = state.changedInPlace;
    const auto lost = packLayer(upper.get(), lower.get(), times, writer, events);
    writer.finish();
    end.bytes = writer.bytes();
    end.entries = writer.entries();
    end.attributes = lost.attributes;
    end.times = lost.times;
    return end;
}

} // namespace

Steps machineSteps() {
    const auto sandbox = std::make_shared<PreparedSandbox>();
    const auto state = std::make_shared<RunState>();
    return {[state](const protocol::AssembleRequest& request, HostLink& link) {
                assemble(request, *state, link);
            },
            [sandbox, state](const protocol::RunRequest& request, HostLink& link) {
                return run(request, *sandbox, *state, link);
            },
            [state](const protocol::PackRequest& request, Sink& layer, HostLink& link) {
                return pack(request, *state, layer, link);
            }};
}

protocol::Hello machineHello(const std::string& version) {
    struct sysinfo memory {};
    utsname kernel{};
    ::sysinfo(&memory);
    ::uname(&kernel);
    std::vector<std::string> features{"squashfs", "erofs", "cancel",   "heartbeat", "reset-times", "wake",
                                      "ranges",   "words", "keep-tmp", "acls",      "steps"};
    // If the disk is there already, a built-in driver has read it.
    if (::access(kScratchDisk, F_OK) != 0) features.emplace_back("late-disks");
    return {.protocol = protocol::kVersion,
            .agent = version,
            .kernel = kernel.release,
            .features = std::move(features),
            .memory = std::uint64_t{memory.totalram} * memory.mem_unit,
            .processors = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN))};
}

} // namespace rootlayer::guest

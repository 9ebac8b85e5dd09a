#include "vm/qemu/qemu_machine.hh"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/descriptor_message.hh"
#include "base/escape.hh"
#include "base/system_error.hh"
#include "vm/architecture.hh"
#include "vm/console_tail.hh"
#include "vm/devices.hh"
#include "vm/qemu/qemu_confinement.hh"
#include "vm/qemu/qemu_files.hh"

namespace rootlayer::vm {

namespace {

/// Writing the state, half a megabyte, takes a few of these intervals.
constexpr std::chrono::milliseconds kMigrationInterval{1};
constexpr const char* kNoArguments = "{}";
/// QEMU's monitor is closed a moment before the process ends.
constexpr std::chrono::seconds kLastBreath{5};

struct Ends {
    UniqueFd ours;
    UniqueFd qemus;
};

Ends makeEnds() {
    int pair[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        throw systemError("cannot create a pair of sockets");
    }
    return {UniqueFd(pair[0]), UniqueFd(pair[1])};
}

UniqueFd openFile(const std::string& path, int flags, const char* what) {
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    if (!fd) throw systemError(fmt::format("cannot open the {} {}", what, quote(path)));
    return fd;
}

/// Whether QEMU was killed from outside, or for lack of memory or disk space (SIGBUS), and did not crash.
bool wasKilled(const ExitStatus& status) {
    return status.signal != 0 && status.signal != SIGSEGV && status.signal != SIGABRT &&
           status.signal != SIGSYS;
}

/// The first line that is no warning; empty if there is none.
std::string firstError(std::string_view words) {
    while (!words.empty()) {
        const auto line = words.substr(0, words.find('\n'));
        if (line.find(": warning: ") == std::string_view::npos) return std::string(line);
        words.remove_prefix(std::min(line.size() + 1, words.size()));
    }
    return {};
}

bool hasNoRoom(const std::string& words) {
    return words.find(::strerror(ENOMEM)) != std::string::npos ||
           words.find(::strerror(ENOSPC)) != std::string::npos;
}

} // namespace

QemuMachine::QemuMachine(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning,
                         Deadline deadline, const CancelToken* cancel)
    : m_program(qemuPath(spec.qemu)), m_console(devicesOf(spec).consoleFile),
      m_qemuLog(spec.directory + "/qemu.log") {
    auto confinement = qemuConfinement(spec, memoryFile, beginning);
    m_isolation = confinement.isolation;
    const QemuFiles files(spec, memoryFile, beginning, m_isolation.ownUser);
    const auto log = openFile(m_qemuLog, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, "log of QEMU");
    auto monitor = makeEnds();
    auto places = files.places();
    places.monitor = monitor.qemus.get();
    std::vector<UniqueFd> qemusEnds; // open until QEMU has them: then its end is seen at ours
    for (const auto& port : devicesOf(spec).ports) {
        auto ends = makeEnds();
        places.ports.push_back(ends.qemus.get());
        qemusEnds.push_back(std::move(ends.qemus));
        m_ports.add(port.name, std::move(ends.ours));
    }
    auto listener = makeEnds();
    if (confinement.asksForMemory) confinement.confinement.listenerSocket = listener.qemus.get();

    Command command;
    command.argv = qemuCommand(spec, places, beginning);
    command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"};
    command.workdir = "/";
    command.stdoutFd = log.get();
    command.stderrFd = log.get();
    command.keepFds = files.descriptors();
    command.keepFds.insert(command.keepFds.end(), places.ports.begin(), places.ports.end());
    command.keepFds.push_back(monitor.qemus.get());
    command.newSession = true;
    command.confine = [&confinement] { return confinement.confinement.enter(); };
    m_qemu = std::make_unique<SupervisedProcess>(command, std::vector{m_console, m_qemuLog});
    if (auto end = receiveDescriptor(listener.ours.get()))
        m_memoryOpener.emplace(std::move(end), openFile(memoryFile, O_RDONLY, "machine's memory"));
    m_monitor.emplace(std::move(monitor.ours), cancel);
    // Close QEMU's ends here, or its exit would not be noticed.
    monitor.qemus.reset();
    qemusEnds.clear();
    greet(deadline);
}

std::unique_ptr<QemuMachine> QemuMachine::start(const MachineSpec& spec, Deadline deadline,
                                                const CancelToken* cancel) {
    return std::unique_ptr<QemuMachine>(new QemuMachine(spec, "", StartMode::Cold, deadline, cancel));
}

std::unique_ptr<QemuMachine> QemuMachine::boot(const MachineSpec& spec, const std::string& memoryFile,
                                               Deadline deadline, const CancelToken* cancel) {
    const auto memory = openFile(memoryFile, O_RDWR | O_CREAT | O_EXCL, "machine's memory");
    if (::ftruncate(memory.get(), static_cast<off_t>(spec.memory)) != 0) {
        throw systemError(fmt::format("cannot create the machine's memory {}", quote(memoryFile)));
    }
    // QEMU may run as another user, which has no path to the file but the descriptor that it inherits.
    ::fchmod(memory.get(), 0666);
    std::unique_ptr<QemuMachine> machine(
        new QemuMachine(spec, memoryFile, StartMode::Boot, deadline, cancel));
    ::fchmod(memory.get(), 0600);
    return machine;
}

std::unique_ptr<QemuMachine> QemuMachine::restore(const MachineSpec& spec, const FrozenMachine& frozen,
                                                  Deadline deadline, const CancelToken* cancel) {
    std::unique_ptr<QemuMachine> machine(
        new QemuMachine(spec, frozen.memory, StartMode::Restore, deadline, cancel));
    machine->m_hold = frozen.hold;
    machine->load(frozen.state, deadline);
    machine->go(deadline);
    return machine;
}

std::unique_ptr<QemuMachine> QemuMachine::restoreToWait(const MachineSpec& spec, const FrozenMachine& frozen,
                                                        Deadline deadline, const CancelToken* cancel) {
    std::unique_ptr<QemuMachine> machine(
        new QemuMachine(spec, frozen.memory, StartMode::Wait, deadline, cancel));
    machine->m_hold = frozen.hold;
    machine->load(frozen.state, deadline);
    return machine;
}

void QemuMachine::goOn(const MachineSpec& spec, Deadline deadline, const CancelToken* cancel) {
    m_monitor->listenTo(cancel);
    changeLayers(spec.layers, deadline);
    go(deadline);
}

/// The guest has not probed its disks yet, so it needs no notification of the new size.
void QemuMachine::changeLayers(const std::vector<Extent>& layers, Deadline deadline) {
    const auto sets = layerSets(layers, kLaterLayersSet);
    const nlohmann::json data{{"driver", "vmdk"},
                              {"node-name", "layers"},
                              {"read-only", true},
                              {"file", {{"driver", "file"}, {"filename", fdSetPath(kLaterLayersSet)}}}};
    const nlohmann::json change{
        {"path", "/machine/peripheral/" + diskDevice(0)}, {"property", "drive"}, {"value", "layers"}};
    explaining([&] {
        for (const auto& set : sets)
            m_monitor->command("add-fd", nlohmann::json{{"fdset-id", set.number}}.dump(), deadline,
                               set.fd.get());
        m_monitor->command("blockdev-add", data.dump(), deadline);
        m_monitor->command("qom-set", change.dump(), deadline);
    });
}

void QemuMachine::greet(Deadline deadline) {
    explaining([&] { m_monitor->greet(deadline); });
}

/// Runs `steps` and adds QEMU's output to errors. A full disk and a kill from outside become Error{Resource},
/// so that they are not taken for something that QEMU cannot do.
void QemuMachine::explaining(const std::function<void()>& steps) {
    try {
        steps();
    } catch (Error& error) {
        if (error.code() != ErrorCode::Machine) throw;
        auto message = error.message();
        const auto words = qemuSaid();
        auto hint = words.empty() ? "" : "what QEMU said:" + barred(words);
        if (m_monitor->machineEnded()) {
            const auto ending = m_qemu->ending(Deadline::after(kLastBreath));
            if (ending && wasKilled(*ending))
                throw Error(ErrorCode::Resource, fmt::format("QEMU was {}", ending->str()), hint);
            auto reason = firstError(words);
            if (reason.empty() && ending) reason = ending->str();
            if (!reason.empty()) message += ": " + reason;
            if (words.empty()) hint = fmt::format("check whether {} is a QEMU that works", quote(m_program));
        }
        if (hasNoRoom(words)) throw Error(ErrorCode::Resource, message, hint);
        if (message != error.message()) throw Error(error.code(), message, hint);
        error.addHint(hint);
        throw;
    }
}

void QemuMachine::ignoreSharedMemory(Deadline deadline) {
    m_monitor->command("migrate-set-capabilities",
                       R"({"capabilities":[{"capability":"x-ignore-shared","state":true}]})", deadline);
}

void QemuMachine::transfer(const char* command, const UniqueFd& state, Deadline deadline) {
    // QEMU 11 takes fd: for pipes and sockets only; QEMU before 8.2 has no file:.
    const bool byName = std::atoi(m_monitor->version().c_str()) >= 11;
    const auto uri = byName ? "file:" + fdSetPath(kStateSet) : "fd:state";
    if (byName)
        m_monitor->command("add-fd", nlohmann::json{{"fdset-id", kStateSet}}.dump(), deadline, state.get());
    else
        m_monitor->command("getfd", R"({"fdname":"state"})", deadline, state.get());
    m_monitor->command(command, nlohmann::json{{"uri", uri}}.dump(), deadline);
}

void QemuMachine::freeze(const std::string& stateFile, Deadline deadline) {
    const auto state = openFile(stateFile, O_WRONLY | O_CREAT | O_EXCL, "machine's state");
    explaining([&] {
        m_monitor->command("stop", kNoArguments, deadline);
        ignoreSharedMemory(deadline);
        transfer("migrate", state, deadline);
        waitForMigration(deadline, Error(ErrorCode::Resource, "QEMU could not write the machine's state",
                                         "check the free space in the cache directory"));
    });
}

void QemuMachine::load(const std::string& stateFile, Deadline deadline) {
    const auto state = openFile(stateFile, O_RDONLY, "machine's state");
    explaining([&] {
        ignoreSharedMemory(deadline);
        transfer("migrate-incoming", state, deadline);
        waitForMigration(deadline, Error(ErrorCode::Machine, "QEMU could not read the machine's state"));
    });
}

void QemuMachine::go(Deadline deadline) {
    explaining([&] { m_monitor->command("cont", kNoArguments, deadline); });
}

void QemuMachine::waitForMigration(Deadline deadline, const Error& failure) {
    for (;;) {
        const auto status = m_monitor->migrationStatus(deadline);
        if (status == "completed") return;
        if (status == "failed" || status == "cancelled") throw failure;
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, "QEMU did not transfer the machine's state in time");
        }
        std::this_thread::sleep_for(kMigrationInterval);
    }
}

UniqueFd QemuMachine::takePort(std::string_view name) {
    return m_ports.take(name);
}

bool QemuMachine::running() {
    // The process lives for a moment after the guest has stopped.
    return m_qemu && !m_monitor->machineEnded() && m_qemu->running();
}

int QemuMachine::faultFd() {
    return m_monitor->fd();
}

std::optional<DiskFault> QemuMachine::diskFault() {
    return m_monitor->writeFault();
}

std::string QemuMachine::qemuSaid() const {
    return vm::consoleTail(m_qemuLog);
}

std::string QemuMachine::consoleTail() {
    return vm::consoleTail(m_console) + qemuSaid();
}

std::string QemuMachine::ending() {
    if (running()) return {};
    const auto reason = m_monitor->shutdownReason();
    if (reason == "guest-shutdown") return "the guest powered itself off";
    if (reason == "guest-reset") return "the guest reset itself";
    const auto status = m_qemu ? m_qemu->ending(Deadline::after(kLastBreath)) : std::nullopt;
    return status ? fmt::format("QEMU ended: {}", status->str()) : "";
}

void QemuMachine::kill() noexcept {
    m_qemu.reset();
    m_memoryOpener.reset();
}

} // namespace rootlayer::vm

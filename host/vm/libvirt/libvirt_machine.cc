#include "vm/libvirt/libvirt_machine.hh"

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "vm/console_tail.hh"
#include "vm/devices.hh"
#include "vm/libvirt/domain_xml.hh"
#include "vm/vmdk_descriptor.hh"

namespace rootlayer::vm {

namespace {

/// How long QEMU may take to exit after SIGKILL: its memory must be freed.
constexpr std::chrono::seconds kDeathTimeout{10};
constexpr std::chrono::milliseconds kKillInterval{20};

struct Creation {
    std::shared_ptr<LibvirtConnection> connection;
    std::string xml;
    DomainHandle domain;
    StarterConfinement confinement;

    void run() {
        if (connection->embedded()) confinement.enter();
        // The embedded driver does not support the flag; the guardian does the job there.
        const unsigned flags = connection->embedded() ? 0 : VIR_DOMAIN_START_AUTODESTROY;
        domain.reset(virDomainCreateXML(connection->raw(), xml.c_str(), flags));
        if (!domain) throw libvirtError("the machine cannot be started");
    }
};

/// Ends a creation that nobody waits for any more by killing the QEMU that libvirt is talking to.
void abandon(const Background& work, Creation& creation, const std::string& directory) noexcept {
    const auto limit = Deadline::after(kDeathTimeout);
    try {
        do {
            killProcessesNaming(directory);
        } while (!work.wait(Deadline::after(kKillInterval)) && !limit.expired());
        if (creation.domain) virDomainDestroyFlags(creation.domain.get(), 0);
    } catch (const Error&) {
        // The creation failed, as intended.
    }
}

/// Creates the console's file before QEMU does, so that we own it whatever user QEMU runs as.
void makeConsole(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) throw systemError(fmt::format("cannot create the console's file {}", quote(path)));
}

} // namespace

LibvirtMachine::LibvirtMachine(std::shared_ptr<LibvirtConnection> connection, const MachineSpec& spec)
    : m_connection(std::move(connection)), m_directory(spec.directory),
      m_console(devicesOf(spec).consoleFile), m_scratch(spec.scratch) {
    if (m_connection->embedded()) m_qemuLog = m_connection->root()->logOf(domainName(spec.directory));
}

LibvirtMachine::~LibvirtMachine() {
    kill();
}

std::unique_ptr<Machine> LibvirtMachine::start(std::shared_ptr<LibvirtConnection> connection,
                                               const MachineSpec& spec, Deadline deadline,
                                               const CancelToken* cancel) {
    writeVmdkDescriptor(spec.directory, spec.layers);
    makeConsole(devicesOf(spec).consoleFile);
    std::vector<PortListener> listeners;
    for (const auto& port : devicesOf(spec).ports)
        listeners.emplace_back(port);
    const auto xml = domainXml(spec, connection->domainOptions());
    std::unique_ptr<LibvirtMachine> machine(new LibvirtMachine(std::move(connection), spec));
    StarterConfinement confinement;
    if (const auto& root = machine->m_connection->root()) {
        confinement = StarterConfinement(spec, root->path());
        machine->m_isolation = confinement.isolation();
    }
    machine->create(xml, std::move(confinement), deadline, cancel);
    machine->connect(listeners, deadline, cancel);
    return machine;
}

void LibvirtMachine::create(const std::string& xml, StarterConfinement confinement, Deadline deadline,
                            const CancelToken* cancel) {
    auto creation = std::make_shared<Creation>(Creation{m_connection, xml, {}, std::move(confinement)});
    const Background work([creation] { creation->run(); });
    try {
        if (!work.wait(deadline, cancel)) throw Error(ErrorCode::Timeout, "QEMU did not start in time");
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Machine) abandon(work, *creation, m_directory);
        throw;
    }
    m_domain = std::move(creation->domain);
}

void LibvirtMachine::connect(std::vector<PortListener>& listeners, Deadline deadline,
                             const CancelToken* cancel) {
    m_lifecycle.emplace(m_connection->raw(), m_domain.get());
    m_diskWatch.emplace(m_connection->raw(), m_domain.get(), m_scratch);
    std::vector<std::string> files{m_console};
    if (!m_qemuLog.empty()) files.push_back(m_qemuLog);
    m_consoleGuard.emplace(files);
    try {
        for (auto& listener : listeners) {
            auto end = listener.accept(m_lifecycle->ended(), deadline, cancel);
            if (!m_qemu) m_qemu = QemuProcess::atOtherEnd(end.get(), m_directory);
            m_ports.add(listener.name(), std::move(end));
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Cancelled) throw;
        throw Error(error.code(), fmt::format("{}; its output:{}", error.message(), barred(consoleTail())),
                    error.hint());
    }
}

UniqueFd LibvirtMachine::takePort(std::string_view name) {
    return m_ports.take(name);
}

bool LibvirtMachine::running() {
    if (!m_domain) return false;
    pollfd ended{m_lifecycle->ended(), POLLIN, 0};
    if (::poll(&ended, 1, 0) == 1) return false;
    return !m_qemu || m_qemu->running();
}

QemuInfo LibvirtMachine::qemu() const {
    QemuInfo info;
    unsigned long number = 0; // major * 1,000,000 + minor * 1000 + micro
    if (virConnectGetVersion(m_connection->raw(), &number) == 0 && number != 0)
        info.version = fmt::format("{}.{}.{}", number / 1'000'000, number / 1000 % 1000, number % 1000);
    const std::unique_ptr<char, decltype(&std::free)> xml(virDomainGetXMLDesc(m_domain.get(), 0), std::free);
    constexpr std::string_view begin = "<emulator>";
    const std::string_view text = xml ? xml.get() : "";
    if (const auto at = text.find(begin); at != std::string_view::npos) {
        const auto path = text.substr(at + begin.size());
        info.path = path.substr(0, path.find('<'));
    }
    return info;
}

int LibvirtMachine::faultFd() {
    return m_diskWatch ? m_diskWatch->fd() : -1;
}

std::optional<DiskFault> LibvirtMachine::diskFault() {
    return m_diskWatch ? m_diskWatch->fault() : std::nullopt;
}

std::string LibvirtMachine::consoleTail() {
    auto text = vm::consoleTail(m_console);
    if (!m_qemuLog.empty()) text += qemuWords(m_qemuLog);
    return text;
}

void LibvirtMachine::kill() noexcept {
    if (!m_domain) return;
    // Kill QEMU directly: libvirt sends SIGTERM first and then waits until init has reaped QEMU, which takes
    // one to two seconds. It notices the end by itself and forgets the transient domain.
    if (!m_qemu || !m_qemu->kill(Deadline::after(kDeathTimeout))) virDomainDestroyFlags(m_domain.get(), 0);
    m_consoleGuard.reset();
    m_diskWatch.reset();
    m_lifecycle.reset();
    m_domain.reset();
}

} // namespace rootlayer::vm

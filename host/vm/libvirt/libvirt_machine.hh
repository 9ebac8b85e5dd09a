#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "vm/libvirt/console_guard.hh"
#include "vm/libvirt/disk_watch.hh"
#include "vm/libvirt/libvirt_connection.hh"
#include "vm/libvirt/lifecycle.hh"
#include "vm/libvirt/port_listener.hh"
#include "vm/libvirt/qemu_process.hh"
#include "vm/libvirt/starter_confinement.hh"
#include "vm/machine.hh"
#include "vm/open_ports.hh"

namespace rootlayer::vm {

/// A machine that libvirt starts, as a transient domain.
class LibvirtMachine final : public Machine {
  public:
    /// See Hypervisor::start().
    static std::unique_ptr<Machine> start(std::shared_ptr<LibvirtConnection> connection,
                                          const MachineSpec& spec, Deadline deadline,
                                          const CancelToken* cancel);
    ~LibvirtMachine() override;

    UniqueFd takePort(std::string_view name) override;
    bool running() override;
    int faultFd() override;
    std::optional<DiskFault> diskFault() override;
    std::string consoleTail() override;
    Isolation isolation() const override { return m_isolation; }
    QemuInfo qemu() const override;
    std::string ending() override { return {}; }
    void kill() noexcept override;

  private:
    LibvirtMachine(std::shared_ptr<LibvirtConnection> connection, const MachineSpec& spec);
    void create(const std::string& xml, StarterConfinement confinement, Deadline deadline,
                const CancelToken* cancel);
    void connect(std::vector<PortListener>& listeners, Deadline deadline, const CancelToken* cancel);

    std::shared_ptr<LibvirtConnection> m_connection;
    std::string m_directory;
    std::string m_console;
    std::string m_scratch;
    std::string m_qemuLog; ///< empty if libvirt's daemon has it
    DomainHandle m_domain;
    std::optional<Lifecycle> m_lifecycle;
    std::optional<DiskWatch> m_diskWatch;
    std::optional<ConsoleGuard> m_consoleGuard;
    std::optional<QemuProcess> m_qemu;
    OpenPorts m_ports;
    Isolation m_isolation;
};

} // namespace rootlayer::vm

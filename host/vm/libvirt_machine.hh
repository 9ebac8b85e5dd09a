#pragma once

#include <memory>
#include <optional>

#include "vm/channel_listener.hh"
#include "vm/console_guard.hh"
#include "vm/libvirt_connection.hh"
#include "vm/lifecycle.hh"
#include "vm/machine.hh"
#include "vm/qemu_process.hh"

namespace rootlayer::vm {

/// A machine that libvirt keeps. Transient: libvirt forgets it when it ends.
class LibvirtMachine final : public Machine {
  public:
    /// As Hypervisor::start().
    static std::unique_ptr<Machine> start(std::shared_ptr<LibvirtConnection> connection,
                                          const MachineSpec& spec, Deadline deadline,
                                          const CancelToken* cancel);
    ~LibvirtMachine() override;

    UniqueFd takeChannel() override;
    bool running() override;
    std::string consoleTail() override;
    void kill() noexcept override;

  private:
    LibvirtMachine(std::shared_ptr<LibvirtConnection> connection, const MachineSpec& spec);
    void create(const std::string& xml, Deadline deadline, const CancelToken* cancel);
    void connect(ChannelListener& listener, Deadline deadline, const CancelToken* cancel);

    std::shared_ptr<LibvirtConnection> m_connection;
    std::string m_folder;
    std::string m_console;
    std::string m_qemuLog; ///< empty when libvirt's daemon keeps it
    DomainHandle m_domain;
    std::optional<Lifecycle> m_lifecycle;
    std::optional<ConsoleGuard> m_consoleGuard;
    std::optional<QemuProcess> m_qemu;
    UniqueFd m_channel;
};

} // namespace rootlayer::vm

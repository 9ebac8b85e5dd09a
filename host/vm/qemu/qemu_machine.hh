#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/error.hh>

#include "base/deadline.hh"
#include "base/directory_cache.hh"
#include "vm/devices.hh"
#include "vm/machine.hh"
#include "vm/open_ports.hh"
#include "vm/qemu/memory_opener.hh"
#include "vm/qemu/qemu_command.hh"
#include "vm/qemu/qmp.hh"
#include "vm/qemu/supervised_process.hh"

namespace rootlayer::vm {

/// A machine that was frozen after its agent's hello.
struct FrozenMachine {
    std::string memory; ///< path; sparse, as large as the machine's memory
    std::string state;  ///< path; QEMU's migration stream without the memory
    CacheHold hold;     ///< keeps the files in the cache
};

/// A machine whose QEMU we start ourselves. It can be frozen and restored, which libvirt cannot do. QEMU is
/// confined (qemu_confinement.hh). The kernel kills QEMU if we die; so does the run directory's Guardian,
/// because QEMU's command line contains the directory.
class QemuMachine final : public Machine {
  public:
    /// Boots a machine for a run; its agent may not be up yet. For the spec's directory see
    /// Hypervisor::start(). Throws Error{Machine} for a failure that would happen again, Error{Resource} if
    /// QEMU was killed or ran out of space, Error{System} if it cannot be started, Error{Timeout},
    /// Error{Cancelled}. The token must outlive the machine.
    static std::unique_ptr<QemuMachine> start(const MachineSpec& spec, Deadline deadline,
                                              const CancelToken* cancel);
    /// Boots a machine that will be frozen. Its memory is the new file `memoryFile`. Throws like start().
    static std::unique_ptr<QemuMachine> boot(const MachineSpec& spec, const std::string& memoryFile,
                                             Deadline deadline, const CancelToken* cancel);
    /// Restores and resumes a frozen machine with the disks of `spec`. The rest of `spec` must be the same as
    /// at boot(). The files of the frozen machine are not changed. Throws like start().
    static std::unique_ptr<QemuMachine> restore(const MachineSpec& spec, const FrozenMachine& frozen,
                                                Deadline deadline, const CancelToken* cancel);

    /// Restores a frozen machine with the disks of StartMode::Wait, but does not resume it.
    static std::unique_ptr<QemuMachine> restoreToWait(const MachineSpec& spec, const FrozenMachine& frozen,
                                                      Deadline deadline, const CancelToken* cancel);
    /// Attaches the layers of `spec` to a machine from restoreToWait() and resumes it.
    void goOn(const MachineSpec& spec, Deadline deadline, const CancelToken* cancel);

    /// Stops the machine for good and writes its state to a new file. The state is valid with the memory file
    /// once the machine is destroyed. Throws Error{Machine} with QEMU's message if QEMU refuses,
    /// Error{Resource} if the state cannot be written.
    void freeze(const std::string& stateFile, Deadline deadline);

    UniqueFd takePort(std::string_view name) override;
    bool running() override;
    int faultFd() override;
    std::optional<DiskFault> diskFault() override;
    std::string consoleTail() override;
    Isolation isolation() const override { return m_isolation; }
    QemuInfo qemu() const override { return {m_program, m_monitor->version()}; }
    std::string ending() override;
    void kill() noexcept override;

  private:
    QemuMachine(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning,
                Deadline deadline, const CancelToken* cancel);
    void greet(Deadline deadline);
    void ignoreSharedMemory(Deadline deadline);
    /// Begins to write or to read the machine's state.
    void transfer(const char* command, const UniqueFd& state, Deadline deadline);
    void load(const std::string& stateFile, Deadline deadline);
    void go(Deadline deadline);
    void changeLayers(const std::vector<Extent>& layers, Deadline deadline);
    void waitForMigration(Deadline deadline, const Error& failure);
    void explaining(const std::function<void()>& steps);
    std::string qemuSaid() const;

    CacheHold m_hold;
    std::string m_program;
    std::string m_console;
    std::string m_qemuLog;
    OpenPorts m_ports;
    Isolation m_isolation;
    std::optional<Qmp> m_monitor;
    std::optional<MemoryOpener> m_memoryOpener; ///< outlives QEMU
    std::unique_ptr<SupervisedProcess> m_qemu;
};

} // namespace rootlayer::vm

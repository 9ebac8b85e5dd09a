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
#include "vm/qemu/qemu_command.hh"
#include "vm/qemu/qmp.hh"
#include "vm/qemu/supervised_process.hh"

namespace rootlayer::vm {

/// A machine that was frozen after its agent's hello: its memory, and the rest of its state.
struct FrozenMachine {
    std::string memory; ///< path; sparse, of the machine's memory's size
    std::string state;  ///< path; QEMU's migration stream without the memory
    CacheHold hold;     ///< the files stay as long as the machine
};

/// A machine whose QEMU we start ourselves, for what libvirt cannot say: its memory is in a file, it can be
/// frozen there, and begun from what was frozen. Dies with us (the kernel sees to it), and with the run's
/// directory, which its command line names (Guardian).
class QemuMachine final : public Machine {
  public:
    /// Boots a machine whose memory is `memoryFile`, which is made. The spec's directory as for
    /// Hypervisor::start(). Throws Error{Machine} for what would happen again, Error{Resource} when QEMU was
    /// killed or had no room, Error{Timeout}, Error{Cancelled}; the token must outlive the machine.
    static std::unique_ptr<QemuMachine> boot(const MachineSpec& spec, const std::string& memoryFile,
                                             Deadline deadline, const CancelToken* cancel);
    /// Lets a frozen machine go on, with the disks of `spec`; the rest of the spec must be as it was. Its
    /// files are not changed. Throws as boot().
    static std::unique_ptr<QemuMachine> restore(const MachineSpec& spec, const FrozenMachine& frozen,
                                                Deadline deadline, const CancelToken* cancel);

    /// The same up to where it would go on, with the disks of StartMode::Wait: it stands still.
    static std::unique_ptr<QemuMachine> restoreToWait(const MachineSpec& spec, const FrozenMachine& frozen,
                                                      Deadline deadline, const CancelToken* cancel);
    /// Gives a machine that stands still the layers of `spec`, and lets it go on.
    void goOn(const MachineSpec& spec, Deadline deadline, const CancelToken* cancel);

    /// Stops the machine for good and writes its state to a new file. To be kept with its memory's file once
    /// the machine is gone. Throws Error{Machine} with QEMU's words when it refuses, Error{Resource} when it
    /// could not write.
    void freeze(const std::string& stateFile, Deadline deadline);

    UniqueFd takePort(std::string_view name) override;
    bool running() override;
    std::string consoleTail() override;
    void kill() noexcept override;

  private:
    QemuMachine(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning,
                Deadline deadline, const CancelToken* cancel);
    void greet(Deadline deadline);
    void ignoreSharedMemory(Deadline deadline);
    void load(const std::string& stateFile, Deadline deadline);
    void go(Deadline deadline);
    void changeDisk(std::size_t number, const DiskDevice& disk, Deadline deadline);
    void waitForMigration(Deadline deadline, const Error& failure);
    void explaining(const std::function<void()>& steps);
    std::string qemuSaid() const;

    CacheHold m_hold;
    std::string m_console;
    std::string m_qemuLog;
    OpenPorts m_ports;
    std::optional<Qmp> m_monitor;
    std::unique_ptr<SupervisedProcess> m_qemu;
};

} // namespace rootlayer::vm

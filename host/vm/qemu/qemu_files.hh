#pragma once

#include <string>
#include <vector>

#include "vm/fd_sets.hh"
#include "vm/machine.hh"
#include "vm/qemu/qemu_command.hh"

namespace rootlayer::vm {

/// The files of a machine, opened for QEMU: disks and console are descriptors that it inherits. It opens
/// kernel, initramfs and memory itself, by paths that also another user can open.
class QemuFiles final {
  public:
    /// Opens the files, and creates the console's. `forOtherUser`: QEMU will not run as our user. Throws
    /// Error{Input} and Error{System}, naming the file.
    QemuFiles(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning, bool forOtherUser);

    /// The places of the files, without monitor and ports.
    QemuPlaces places() const;
    /// What QEMU must inherit.
    std::vector<int> descriptors() const;

  private:
    std::string openable(const std::string& path, const char* what);

    bool m_forOtherUser;
    std::vector<UniqueFd> m_opened; ///< behind paths in /proc/self/fd; before the members that fill it
    std::string m_kernel;
    std::string m_initramfs;
    std::string m_memory;
    std::vector<FdSet> m_sets;
};

} // namespace rootlayer::vm

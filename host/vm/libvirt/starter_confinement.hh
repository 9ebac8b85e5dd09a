#pragma once

#include <memory>
#include <string>

#include "sandbox/landlock.hh"
#include "sandbox/system_call_filter.hh"
#include "vm/isolation.hh"
#include "vm/machine.hh"

namespace rootlayer::vm {

/// Confines a thread in which the embedded libvirt starts a QEMU, and with it this QEMU: to the files of the
/// run, to libvirt's own directory, and to the packages of the host. libvirt itself can only limit QEMU's
/// capabilities and system calls without a daemon.
class StarterConfinement final {
  public:
    StarterConfinement() = default;
    /// For a machine whose QEMU libvirt starts. `root` is the directory of the embedded driver.
    StarterConfinement(const MachineSpec& spec, const std::string& root);

    /// What QEMU will have.
    const Isolation& isolation() const { return m_isolation; }
    /// Confines the calling thread for good. Throws Error{System} if the host has the means but refuses.
    void enter() const;

  private:
    std::shared_ptr<const sandbox::Landlock> m_files;
    sandbox::SystemCallFilter m_systemCalls;
    int m_keptCapability = -1;
    Isolation m_isolation;
};

} // namespace rootlayer::vm

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/cache_directory.hh"
#include "base/deadline.hh"
#include "vm/machine.hh"

namespace rootlayer::vm {

/// Where machines are started, and with what.
struct HypervisorSettings {
    std::string connectUri; ///< libvirt's; empty: the embedded driver, which needs no daemon and no root
    std::string runtimeDirectory; ///< exists, private, absolute, at most 38 bytes: the embedded driver's own
                                  ///< directory is made here
    /// What libvirt learns about QEMU is kept here between processes; absent: nowhere.
    std::optional<CachePart> capabilityCache = {};
};

/// Starts machines through libvirt. Cheap to make: libvirt is opened by the first start, once a process, and
/// shared by all hypervisors with the same URI; of the embedded driver the first settings count.
class Hypervisor final {
  public:
    /// Receives what the user should know and what stops nothing. Called in the caller's thread.
    using Warnings = std::function<void(const std::string&)>;

    explicit Hypervisor(HypervisorSettings settings) : m_settings(std::move(settings)) {}

    /// A machine that runs and has connected to our socket; its agent may not be up yet. The spec's directory
    /// must be a RunDirectory's or one like it: private, fresh, and guarded by the caller. Writes there the
    /// socket "agent", the console "console.log", and "layers.vmdk" with its "layer-N". Throws Error{Machine}
    /// with QEMU's words when it dies, Error{Timeout}, Error{Cancelled}; nothing runs then.
    std::unique_ptr<Machine> start(const MachineSpec& spec, Deadline deadline, const CancelToken* cancel,
                                   const Warnings& warnings) const;

  private:
    HypervisorSettings m_settings;
};

} // namespace rootlayer::vm

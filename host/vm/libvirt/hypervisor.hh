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

/// The URI with which a user asks for the embedded driver.
inline constexpr const char* kEmbeddedDriver = "qemu:///embed";

/// How to use libvirt.
struct HypervisorSettings {
    /// A libvirt URI; empty or kEmbeddedDriver: the embedded driver, which needs neither a daemon nor root.
    std::string connectUri;
    /// The parent of the embedded driver's own directory. It must exist and be private and absolute, with at
    /// most 38 bytes.
    std::string runtimeDirectory;
    /// Keeps libvirt's capabilities of QEMU between processes; absent: they are not kept.
    std::optional<CachePart> capabilityCache = {};
};

/// Starts machines through libvirt. Cheap to create: the first start opens libvirt, and all hypervisors of
/// the process with the same URI share the connection. The embedded driver uses the settings of the first
/// one.
class Hypervisor final {
  public:
    /// Receives warnings for the user. Called in the caller's thread.
    using Warnings = std::function<void(const std::string&)>;

    explicit Hypervisor(HypervisorSettings settings) : m_settings(std::move(settings)) {}

    /// Whether this build has libvirt (ROOTLAYER_LIBVIRT of its CMake). Without it start() throws
    /// Error{Machine}.
    static bool available();
    /// Throws Error{Usage} if the settings name a libvirt and this build has none.
    void check() const;

    /// Starts a machine and waits until it has connected to our socket; its agent may not be up yet. The
    /// spec's directory must be like a RunDirectory: private, new, and with a guardian. The socket "agent",
    /// the console "console.log", and "layers.vmdk" with its links "layer-N" are created there. Throws
    /// Error{Machine} with QEMU's message if the machine dies, Error{Timeout}, Error{Cancelled}; the machine
    /// is gone then.
    std::unique_ptr<Machine> start(const MachineSpec& spec, Deadline deadline, const CancelToken* cancel,
                                   const Warnings& warnings) const;

  private:
    HypervisorSettings m_settings;
};

} // namespace rootlayer::vm

#pragma once

#include <cstdint>

namespace rootlayer {

/// How the machine's processors are virtualized. Auto uses KVM, or TCG (emulation) if no guest boots with
/// KVM.
enum class Acceleration { Auto, Kvm, Tcg };

/// What must stand between the script and the host. Tcg: the VM. Confined: also a confined QEMU, which can
/// reach no files of the host but those of the run and of packages. Kvm: both, and the processor's
/// virtualization (KVM).
enum class MinIsolation { Tcg, Confined, Kvm };

/// The machine of a run. The layer does not depend on it, unless the script looks.
struct MachineOptions {
    /// Bytes of the machine's memory: at least 128 MiB, at most the host's memory and swap.
    std::uint64_t memory = 1024ULL << 20;
    /// Number of the machine's processors, 1 to 255.
    unsigned processors = 1;
    /// Size in bytes of the scratch disk that the script writes to, 16 MiB to 15 TiB. It is sparse: only what
    /// is used takes space in Settings::temporaryDirectory.
    std::uint64_t diskSize = 16ULL << 30;
    /// Whether KVM is used.
    Acceleration acceleration = Acceleration::Auto;
    /// A run whose machine would be isolated less fails before its script starts.
    MinIsolation minIsolation = MinIsolation::Tcg;
    /// Restores the machine from a template, a snapshot taken after boot, which the first run makes. The
    /// layer is the same either way. Machines of which no template can be made, or that the host cannot
    /// restore, are booted (docs/templates.md).
    bool useTemplate = true;
};

} // namespace rootlayer

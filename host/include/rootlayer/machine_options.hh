#pragma once

#include <cstdint>

namespace rootlayer {

/// How the machine's processors are virtualized. Auto uses KVM, or TCG (emulation) if no guest boots with
/// KVM.
enum class Acceleration { Auto, Kvm, Tcg };

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
    /// Restores the machine from a template, a snapshot taken after boot, which the first run makes. The
    /// layer is the same either way. Machines with KVM, and others of which no template can be made, are
    /// booted (docs/templates.md).
    bool useTemplate = true;
};

} // namespace rootlayer

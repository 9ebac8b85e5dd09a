#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace rootlayer {

/// How long a phase of a run took.
struct PhaseTime {
    std::string phase; ///< "base", "guest-image", "convert", "wait", "disks", "template", "start",
                       ///< "hello", "assemble", "script", "pack", "stop", "publish"
    std::chrono::microseconds elapsed{0};
};

/// What a run gives. A layer exists only when the script ended with 0.
struct RunResult {
    /// The status that a shell would show: the script's own; 126 it could not be executed, 127 its
    /// interpreter was not found, 128+N ended by signal N.
    int exitStatus = 0;
    std::string exitReason; ///< for people, when exitStatus is not 0
    std::string exitHint;   ///< what to try, if something is known

    std::string diffId;        ///< "sha256:...", of the layer tar; empty when there is no layer
    std::uint64_t bytes = 0;   ///< of the layer tar
    std::uint64_t entries = 0; ///< of the layer tar, whiteouts included

    std::string accelerator;       ///< "kvm" or "tcg"
    std::string acceleratorReason; ///< why not KVM, when it was not
    std::string start;             ///< "waiting" (StandbyMachine), "template" (restored) or "cold" (booted)
    std::string startReason;       ///< why not from a template, when it was not
    std::string kernelRelease;     ///< of the guest
    std::string kernelDigest;      ///< "sha256:...", of the guest's kernel
    std::string agentDigest;       ///< of the agent that ran the script
    std::vector<std::string> baseLayers; ///< diff_ids, bottom first
    std::uint64_t peakMemory = 0;        ///< bytes in use in the guest at the most, sampled
    std::uint64_t peakDisk = 0;          ///< bytes in use on the scratch disk at the most, sampled
    std::vector<PhaseTime> phases;       ///< in order
    std::vector<std::string> warnings;
};

} // namespace rootlayer

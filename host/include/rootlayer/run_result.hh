#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/network_options.hh>
#include <rootlayer/script_failure.hh>

namespace rootlayer {

/// How long a phase took.
struct PhaseTime {
    /// Of a run: "base", "guest-image", "convert", "wait", "disks", "template", "start", "hello", "assemble",
    /// "before", "script", "after", "pack", "stop", "publish". A build has "closure", "contents", "image" and
    /// "squash" too.
    std::string phase;
    std::chrono::microseconds elapsed{0}; ///< how long it took
};

/// The result of a run. There is a layer only if the script ended with status 0.
struct RunResult {
    /// The script's exit status as a shell shows it: its own; 126 if it could not be executed, 127 if its
    /// interpreter was not found, 128+N if signal N ended it.
    int exitStatus = 0;
    std::string exitReason;                      ///< what happened, for people; empty if the status is 0
    std::string exitHint;                        ///< what to try; empty if nothing is known
    ScriptFailure failure = ScriptFailure::None; ///< why the script failed
    std::string failedStep; ///< which script failed: "before", "script" or "after"; empty if none did

    std::string diffId;        ///< digest of the layer tar, "sha256:..."; empty if there is no layer
    std::uint64_t bytes = 0;   ///< size of the layer tar
    std::uint64_t entries = 0; ///< number of entries in the layer tar, whiteouts included

    std::string accelerator;       ///< "kvm" or "tcg"
    std::string acceleratorReason; ///< why KVM was not used; empty if it was, or was not wanted
    /// How QEMU was confined on this host: "own-user", "no-capabilities", "landlock-N" (its version),
    /// "system-calls", "read-only-memory" (docs/threat-model.md).
    std::vector<std::string> confinement;
    bool confined = false;     ///< whether this is enough for MinIsolation::Confined
    std::string qemuPath;      ///< of the QEMU that ran; empty if it is not known
    std::string qemuVersion;   ///< such as "7.2.22 (Debian ...)"; empty if it is not known
    std::string start;         ///< "cold" (booted), "template" (restored), "waiting" (StandbyMachine)
    std::string startReason;   ///< why no template was used; empty if one was
    std::string kernelRelease; ///< of the guest, as `uname -r` prints it
    std::string kernelDigest;  ///< of the guest's kernel, "sha256:..."
    std::string guest;         ///< directory of the guest's kernel and initramfs
    bool guestReady = false;   ///< it was made before, and is not in the cache: Settings::guest
    std::string agentDigest;   ///< of the agent that ran the script, "sha256:..."
    std::vector<std::string> baseLayers; ///< diff_ids of the base, bottom first
    std::uint64_t peakMemory = 0;        ///< most bytes of memory in use in the guest, sampled
    std::uint64_t peakDisk = 0;          ///< most bytes in use on the scratch disk, sampled
    std::vector<PhaseTime> phases;       ///< in order; a phase that was repeated occurs again
    /// What the script connected to and wanted to connect to, in the order in which it ended; the first
    /// 100,000.
    std::vector<NetworkConnection> connections;
    /// The values of --allow that its connections needed, sorted: "example.org:443".
    std::vector<std::string> neededAllows;
    std::vector<std::string> warnings; ///< about the script and its layer, for people
};

} // namespace rootlayer

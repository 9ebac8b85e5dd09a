#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

/// A script to run as root in the machine: its bytes, and a name for messages.
struct ScriptSpec {
    std::string name = "script";
    std::string bytes;
    /// Set for a script without bytes that is meant to be one, and does nothing. Builder::run() has a script
    /// always.
    bool given = false;

    /// Is there a script?
    bool exists() const { return given || !bytes.empty(); }

    /// Reads a file of at most 64 MiB. Throws Error{Input}.
    ROOTLAYER_API static ScriptSpec fromFile(const std::string& path);
};

/// How the machine's processors are made. Auto tries KVM, and falls back to TCG (emulation) when no guest
/// boots with it.
enum class Acceleration { Auto, Kvm, Tcg };

/// One run: a base, a script, and what comes of it. The defaults are those of the command.
struct RunSpec {
    /// The base: "scratch", "docker-archive:FILE[:NAME:TAG]", "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]",
    /// "dir:ROOTFS", "tar:ROOTFS.tar".
    std::string from = "scratch";
    ScriptSpec script;
    /// The script's $1, $2, ... One has at most 131071 bytes, and so has a variable; all together 2 MiB.
    std::vector<std::string> args;
    std::vector<std::string> env; ///< "KEY=VALUE", over the base's
    std::string workdir;          ///< absolute; empty: the base's WorkingDir, else /
    /// "name|uid[:group|gid]", numbers up to 4294967294; empty: the base's User, else root.
    std::string user;
    std::string shell;  ///< for scripts without #!, with arguments if wanted; empty: /bin/sh
    bool trace = false; ///< runs a shell script with -x
    /// One pipe for the script's stdout and stderr, so that all it writes keeps its order; events call it
    /// stdout. Otherwise the streams are told apart, and their order is that in which the guest sees them.
    bool mergeOutput = false;

    /// Where layer.tar goes: it appears whole under this name, or not at all. Empty: nowhere, only its digest
    /// is wanted.
    std::string output;
    /// Writes the layer to this descriptor (not owned) instead; on failure it ends in the middle. -1: none.
    int outputFd = -1;

    std::string platform = "linux/amd64"; ///< what the base must be for
    std::uint64_t memory = 1024ULL << 20; ///< bytes of guest RAM, 128 MiB at the least
    unsigned processors = 1;
    std::uint64_t diskSize = 16ULL << 30; ///< bytes the script may write; sparse, so only what is used costs
    std::chrono::milliseconds timeout{0}; ///< for the script; 0: none
    Acceleration acceleration = Acceleration::Auto;
    /// Restores a machine that was frozen after its boot instead of booting one, and freezes one at first.
    /// The layer is the same either way. Machines that cannot be (docs/templates.md) are booted.
    bool useTemplate = true;
    /// The times of what the run itself made, and later ones, become this (seconds since the epoch). When
    /// absent, those of what the run made become 1970-01-01T00:00:01Z, and all others stay: the same inputs
    /// give the same bytes.
    std::optional<std::int64_t> sourceDateEpoch;
    bool keepTimes = false; ///< keeps the times of what the run made: two runs differ
    /// "debian": leaves out of the layer what Debian's package tools leave behind and differs from run to
    /// run: logs, caches, package lists, backups; /etc/machine-id is emptied. Empty: nothing is left out.
    std::string scrub;
    /// The script's /tmp and /run are directories of its root: it sees what the base has there, and what it
    /// leaves there is in the layer. Otherwise both are empty at the start, and not in the layer.
    bool keepTmp = false;
    std::string consoleLog; ///< keeps the kernel's console in this file; empty: nowhere
};

} // namespace rootlayer

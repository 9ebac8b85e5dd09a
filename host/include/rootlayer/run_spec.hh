#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/machine_options.hh>
#include <rootlayer/network_options.hh>

namespace rootlayer {

/// A script that is run in the machine.
struct ScriptSpec {
    std::string name = "script"; ///< for messages
    std::string bytes;           ///< the script itself
    /// True for a script even if it has no bytes, and does nothing. Builder::run() always has a script.
    bool given = false;

    /// Whether there is a script.
    bool exists() const { return given || !bytes.empty(); }

    /// Reads a script of at most 64 MiB from a file. Throws Error{Input}.
    ROOTLAYER_API static ScriptSpec fromFile(const std::string& path);
};

/// A run: a base, a script, its machine, and where the layer goes. The defaults are those of `rootlayer run`,
/// except for output and mergeOutput. Invalid values are an Error{Usage} or Error{Input}; more than the host
/// has is an Error{Resource}.
struct RunSpec {
    /// The base image: "scratch", "docker-archive:FILE[:NAME:TAG]", "oci:DIR[:TAG]",
    /// "oci-archive:FILE[:TAG]", "dir:ROOTFS", "tar:ROOTFS.tar", "disk:FILE" or
    /// "docker://NAME[:TAG|@DIGEST]". "@sha256:..." after an image pins its digest. FILE may be "-" for
    /// standard input, except for a disk.
    std::string from = "scratch";
    /// The script.
    ScriptSpec script;
    /// A script that runs before `script`, when the base is not covered by the layer yet: as root, in the
    /// layer's directory, which holds what will be in the layer. $ROOTLAYER_LAYER names it. Around it is the
    /// base, which cannot be changed. No arguments, no network. Else like `script`. What it leaves is in the
    /// layer, and `script` sees it.
    ScriptSpec before;
    /// The same, after `script`: what it changes in the layer's directory is changed in the layer. A removed
    /// file is no longer in the layer, so that the base's appears again; a character device 0, 0 deletes what
    /// the base has.
    ScriptSpec after;
    /// The script's $1, $2, ... An argument or variable has at most 131071 bytes, all of them together 2 MiB.
    std::vector<std::string> args;
    /// "KEY=VALUE", added to the base's environment; replaces variables of the same name.
    std::vector<std::string> env;
    /// Working directory, an absolute path, created if it is missing. Empty: the base's WorkingDir, else "/".
    std::string workdir;
    /// "name|uid[:group|gid]", with numbers up to 4294967294. Empty: the base's User, else root.
    std::string user;
    /// Shell for scripts without a #! line, with arguments if wanted. Empty: /bin/sh.
    std::string shell;
    /// Runs a shell script with -x, which shows each command before it runs.
    bool trace = false;
    /// Gives the script one pipe for stdout and stderr, which keeps the order of its output; events report it
    /// as stdout. False: two pipes, and the order is that in which the guest reads them.
    bool mergeOutput = false;

    /// Path of the layer tar, which appears complete, or not at all. Empty: write none, and only compute the
    /// digest.
    std::string output;
    /// Writes the layer to this descriptor, which stays the caller's, instead of a path. After a failure the
    /// layer is incomplete. -1: none.
    int outputFd = -1;

    /// Platform of the base image; a script needs linux/amd64.
    std::string platform = "linux/amd64";
    /// The machine that the script runs in.
    MachineOptions machine;
    /// What the script may connect to. Default: nothing.
    NetworkOptions network;
    /// Time limit of the scripts and of packing their layer together, after which the run fails with
    /// Error{Timeout}. 0: none.
    std::chrono::milliseconds timeout{0};
    /// Time limit of the whole call, from reading the base to publishing, after which it fails with
    /// Error{Timeout}. 0: none.
    std::chrono::milliseconds deadline{0};
    /// The most bytes that the layer's tar may have. 0: the size of the machine's disk, and at least 1 GiB;
    /// it can be larger than the disk only if it has sparse files or split hard links. More is
    /// Error{Resource}, like what the next two limit.
    std::uint64_t maxLayerSize = 0;
    /// The most entries that the layer may have, with deletions.
    std::uint64_t maxEntries = 2'000'000;
    /// The most bytes of output that the script may write. 0: no limit.
    std::uint64_t maxOutput = 1024ULL << 20;
    /// Seconds since 1970, at most 2^33-1. Replaces mtimes that lie within the run, those of what the script
    /// created or changed, and limits all others. Absent: mtimes within the run become
    /// 1970-01-01T00:00:01Z, and others are kept. Either way the same input gives the same bytes.
    std::optional<std::int64_t> sourceDateEpoch;
    /// Keeps mtimes that lie within the run, unless they are later than sourceDateEpoch; layers then differ
    /// from run to run.
    bool keepTimes = false;
    /// "debian": leaves out of the layer what Debian's package tools leave behind and differs from run to run
    /// (logs, caches, package lists, backups), and empties /etc/machine-id. Empty: leaves nothing out.
    std::string scrub;
    /// Shows the script the base's /tmp and /run, and includes its changes there in the layer. False: both
    /// start empty, and are left out.
    bool keepTmp = false;
    /// A file for the guest kernel's console output, kept even if the run fails. Empty: none.
    std::string consoleLog;

    /// Whether there is anything to run.
    bool hasScripts() const { return script.exists() || before.exists() || after.exists(); }
};

} // namespace rootlayer

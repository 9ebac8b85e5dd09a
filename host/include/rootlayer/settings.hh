#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/api.hh>

namespace rootlayer {

/// Places and programs on this host. The same for all runs of a Builder.
struct Settings {
    /// The cache: converted layers, guest images, templates. Created when needed, with mode 0700.
    std::string cacheDirectory;
    /// Holds temporary files, such as a directory for each run, which is removed after it.
    std::string temporaryDirectory;
    /// Holds sockets, whose paths are limited: at most 38 bytes.
    std::string runtimeDirectory;
    /// A libvirt URI, with which libvirt starts the machines; "qemu:///embed" is its driver without a daemon.
    /// Not in a build without libvirt (hasLibvirt()). Empty: QEMU is started directly.
    std::string connectUri;
    /// Path of the QEMU that runs the guests. Empty: the one in PATH.
    std::string qemu = {};
    /// Path of a guest kernel, a bzImage or vmlinux. "tuned": the kernel that prepareGuest() builds. Empty:
    /// Debian's cloud kernel, fetched once.
    std::string kernel;
    /// The kernel's /lib/modules/RELEASE directory. Goes with a path in `kernel`; empty: all drivers are
    /// built in.
    std::string modules;
    /// A directory with ready guest images, as writeGuest() writes them: they are used without any download.
    /// Empty: the one that is installed with the library, if there is one. "none": none. Without effect if
    /// `kernel` is a path, or with `busybox`.
    std::string guest;
    /// Bytes to which the cache is pruned after each run, the least recently used entries first.
    std::uint64_t cacheLimit = 20ULL << 30;
    /// Path of a static busybox, for bases without a shell. Empty: the one in PATH.
    std::string busybox;
    /// Descriptor that a FILE "-" of a base is read from. It stays the caller's.
    int standardInput = 0;
    /// Descriptor that a FILE "-" of an output is written to. It stays the caller's.
    int standardOutput = 1;
    /// Why the cache is not in the home directory, if nobody chose another place; a Builder reports it once,
    /// as a warning. Empty: nothing to report.
    std::string cacheNotice;

    /// Settings from the XDG variables, HOME, TMPDIR and ROOTLAYER_*. No other call of the library reads
    /// these variables. A `cacheDirectory` that is not empty has precedence over them. Without a writable
    /// home directory the cache is a private directory in `temporaryDirectory`, which is created here. Throws
    /// Error{Input} if that belongs to another user, and Error{Usage} for a malformed variable.
    ROOTLAYER_API static Settings fromEnvironment(const std::string& cacheDirectory = "");
};

} // namespace rootlayer

#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/api.hh>

namespace rootlayer {

/// Where things are on this host. The same for all runs of a Builder.
struct Settings {
    std::string cacheDirectory;     ///< converted layers, guest images; made when needed, mode 0700
    std::string temporaryDirectory; ///< each run makes a directory of its own in it, and removes it
    std::string runtimeDirectory;   ///< for sockets, so its path is short: at most 38 bytes
    std::string connectUri;         ///< libvirt; empty: the driver inside this process, which needs no daemon
    std::string kernel;  ///< a bzImage for the guest; "tuned": its own (guest.hh); empty: Debian's cloud
                         ///< kernel, fetched once
    std::string modules; ///< its /lib/modules/RELEASE directory; goes with `kernel`
    /// After each run what was used longest ago is removed from the cache until this is kept (bytes).
    std::uint64_t cacheLimit = 20ULL << 30;
    std::string busybox; ///< a static busybox for bases without a shell; empty: looked for
    /// Why the cache is not in the home directory, when nobody chose another place; a Builder warns of it
    /// once.
    std::string cacheNotice;

    /// What the XDG variables, HOME, TMPDIR and ROOTLAYER_* say: the only call of the library that reads the
    /// environment. `cacheDirectory`, unless it is empty, wins over all of them. Where there is no home
    /// directory that can be written, the cache is a private directory in `temporaryDirectory`, which is made
    /// here. Throws Error{Input} when it is somebody else's.
    ROOTLAYER_API static Settings fromEnvironment(const std::string& cacheDirectory = "");
};

} // namespace rootlayer

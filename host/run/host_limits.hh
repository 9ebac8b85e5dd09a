#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rootlayer::run {

/// The host's limits for a machine. Absent: no limit, or unknown.
struct HostLimits {
    std::optional<std::uint64_t> memory;       ///< bytes of RAM and swap together
    std::optional<std::uint64_t> cgroupMemory; ///< bytes that the cgroup (container) of this process may use
    std::optional<std::uint64_t> addressSpace; ///< bytes, RLIMIT_AS of setrlimit(2)
    /// The largest file in bytes that the temporary directory and RLIMIT_FSIZE allow. Set only if that is
    /// less than `wantedFile`.
    std::optional<std::uint64_t> fileSize;
    unsigned processors = 1; ///< that this process may use
    bool processes = true;   ///< /proc is mounted

    /// `wantedFile`: size in bytes of the file that is going to be created in `temporaryDirectory`.
    static HostLimits ofThisHost(const std::string& temporaryDirectory, std::uint64_t wantedFile);
};

/// The lowest memory limit of a cgroup and its ancestors, in bytes. `cgroups` is the text of
/// /proc/self/cgroup, `mount` the mount point of the cgroup file system, version 1 or 2 (cgroups(7)).
std::optional<std::uint64_t> cgroupMemoryLimit(const std::string& cgroups, const std::string& mount);

} // namespace rootlayer::run

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rootlayer::run {

/// What the host can give to a machine. Absent: no limit, or none that is known.
struct HostLimits {
    std::optional<std::uint64_t> memory;       ///< bytes of RAM and swap
    std::optional<std::uint64_t> cgroupMemory; ///< bytes that this process's cgroup (a container's) may use
    std::optional<std::uint64_t> addressSpace; ///< setrlimit(2), RLIMIT_AS
    std::optional<std::uint64_t> fileSize; ///< the largest file in the temporary directory, and RLIMIT_FSIZE
    unsigned processors = 1;               ///< that this process may use

    /// `wantedFile`: how large a file is going to be made in `temporaryDirectory`.
    static HostLimits ofThisHost(const std::string& temporaryDirectory, std::uint64_t wantedFile);
};

/// The least memory limit of a cgroup and of those above it. `cgroups` is the text of /proc/self/cgroup,
/// `mount` where cgroups are mounted, version 1 or 2 (cgroups(7)).
std::optional<std::uint64_t> cgroupMemoryLimit(const std::string& cgroups, const std::string& mount);

} // namespace rootlayer::run

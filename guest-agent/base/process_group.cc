#include "guest-agent/base/process_group.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "guest-agent/base/setting.hh"

namespace rootlayer::guest {

namespace {

// A process needs at least about 50 KiB of kernel memory.
constexpr std::uint64_t kBytesPerProcess = 64 * 1024;
constexpr std::uint64_t kMinProcesses = 1000;
constexpr std::uint64_t kMaxProcesses = 30'000;
constexpr std::uint64_t kReserve = std::uint64_t{48} << 20;

std::uint64_t machineMemory() {
    struct sysinfo info {};
    return ::sysinfo(&info) == 0 ? std::uint64_t{info.totalram} * info.mem_unit : 0;
}

std::uint64_t mostProcesses(std::uint64_t memory) {
    return std::clamp<std::uint64_t>(memory / kBytesPerProcess, kMinProcesses, kMaxProcesses);
}

/// Reserves memory for the kernel and the agent.
std::uint64_t maxMemory(std::uint64_t memory) {
    return memory - std::min(memory / 4, kReserve);
}

} // namespace

ProcessGroup ProcessGroup::make() {
    ProcessGroup group;
    ::mkdir("/cg", 0755);
    if (::mount("cgroup2", "/cg", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0 &&
        errno != EBUSY)
        return group;
    const std::uint64_t memory = machineMemory();
    tryWriteSetting("/cg/cgroup.subtree_control", "+pids");
    tryWriteSetting("/cg/cgroup.subtree_control", "+memory");
    if (::mkdir("/cg/script", 0755) != 0 && errno != EEXIST) return group;
    tryWriteSetting("/cg/script/pids.max", std::to_string(mostProcesses(memory)));
    tryWriteSetting("/cg/script/memory.max", std::to_string(maxMemory(memory)));
    group.m_join = UniqueFd(::open("/cg/script/cgroup.procs", O_WRONLY | O_CLOEXEC));
    return group;
}

} // namespace rootlayer::guest

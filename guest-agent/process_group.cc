#include "guest-agent/process_group.hh"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

namespace rootlayer::guest {

namespace {

// A process needs some 50 KiB of the kernel's memory at least.
constexpr std::uint64_t kBytesPerProcess = 64 * 1024;
constexpr std::uint64_t kMostProcesses = 30'000;

bool writeTo(const char* path, const std::string& text) {
    const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::uint64_t mostProcesses() {
    struct sysinfo info {};
    if (::sysinfo(&info) != 0) return kMostProcesses;
    return std::min<std::uint64_t>(kMostProcesses, info.totalram * info.mem_unit / kBytesPerProcess);
}

} // namespace

ProcessGroup ProcessGroup::make() {
    ProcessGroup group;
    ::mkdir("/cg", 0755);
    if (::mount("cgroup2", "/cg", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) return group;
    if (!writeTo("/cg/cgroup.subtree_control", "+pids")) return group;
    if (::mkdir("/cg/script", 0755) != 0 && errno != EEXIST) return group;
    writeTo("/cg/script/pids.max", std::to_string(mostProcesses()));
    group.m_join = UniqueFd(::open("/cg/script/cgroup.procs", O_WRONLY | O_CLOEXEC));
    return group;
}

} // namespace rootlayer::guest

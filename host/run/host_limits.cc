#include "run/host_limits.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/nameless_file.hh"

namespace rootlayer::run {

namespace {

constexpr std::uint64_t kMaxText = std::uint64_t{1} << 20;

std::string textOf(const std::string& path) {
    try {
        return readFile(path, "limit", kMaxText);
    } catch (const Error&) {
        return {};
    }
}

/// nullopt for "max", and if the file does not exist.
std::optional<std::uint64_t> numberIn(const std::string& path) {
    const auto text = textOf(path);
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc()) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> lesser(std::optional<std::uint64_t> one, std::optional<std::uint64_t> other) {
    if (!one || !other) return one ? one : other;
    return std::min(*one, *other);
}

/// The lowest limit of a cgroup and its ancestors, up to the mount point.
std::optional<std::uint64_t> limitAbove(const std::string& mount, std::string path, const char* file) {
    std::optional<std::uint64_t> least;
    for (;;) {
        least = lesser(least, numberIn(mount + path + "/" + file));
        if (path.empty()) return least;
        path.resize(std::min(path.rfind('/'), path.size()));
    }
}

std::optional<std::uint64_t> resourceLimit(__rlimit_resource which) {
    rlimit limit{};
    if (::getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    return limit.rlim_cur;
}

/// Whether a sparse file can have this size. Found by trying, because file systems do not report their limit.
bool canBe(std::uint64_t size, const std::string& directory) {
    try {
        const auto file = namelessFile(directory);
        return ::ftruncate(file.get(), static_cast<off_t>(size)) == 0;
    } catch (const Error&) {
        return true; // errors are reported when the directory is used
    }
}

std::optional<std::uint64_t> fileLimit(const std::string& directory, std::uint64_t wanted) {
    constexpr std::uint64_t page = 4096;
    // Do not try: beyond this limit ftruncate(2) raises SIGXFSZ.
    if (const auto limit = resourceLimit(RLIMIT_FSIZE); limit && *limit < wanted) return limit;
    if (canBe(wanted, directory)) return std::nullopt;
    std::uint64_t most = 0;
    for (std::uint64_t step = std::uint64_t{1} << 62; step >= page; step /= 2) {
        if (most + step < wanted && canBe(most + step, directory)) most += step;
    }
    return most;
}

} // namespace

std::optional<std::uint64_t> cgroupMemoryLimit(const std::string& cgroups, const std::string& mount) {
    std::optional<std::uint64_t> least;
    std::istringstream lines(cgroups);
    // "NUMBER:CONTROLLERS:PATH"; version 2 has the number 0 and no controllers.
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':');
        const auto second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        auto path = line.substr(second + 1);
        if (path == "/") path.clear();
        if (controllers == ",,") least = lesser(least, limitAbove(mount, path, "memory.max"));
        if (controllers.find(",memory,") != std::string::npos)
            least = lesser(least, limitAbove(mount + "/memory", path, "memory.limit_in_bytes"));
    }
    return least;
}

HostLimits HostLimits::ofThisHost(const std::string& temporaryDirectory, std::uint64_t wantedFile) {
    HostLimits limits;
    struct sysinfo info {};
    if (::sysinfo(&info) == 0)
        limits.memory = std::uint64_t{info.mem_unit} * (std::uint64_t{info.totalram} + info.totalswap);
    limits.cgroupMemory = cgroupMemoryLimit(textOf("/proc/self/cgroup"), "/sys/fs/cgroup");
    limits.addressSpace = resourceLimit(RLIMIT_AS);
    limits.fileSize = fileLimit(temporaryDirectory, wantedFile);
    limits.processes = ::access("/proc/self/fd", X_OK) == 0;
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) limits.processors = CPU_COUNT(&set);
    return limits;
}

} // namespace rootlayer::run

#include "guest-agent/script/device_directory.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "guest-agent/base/mounting.hh"
#include "guest-agent/base/root_path.hh"

namespace rootlayer::guest {

namespace {

struct Node {
    const char* name;
    unsigned major;
    unsigned minor;
};

// Documentation/admin-guide/devices.txt
constexpr std::array<Node, 6> kNodes{
    {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}};

struct Link {
    const char* name;
    const char* target;
};

constexpr std::array<Link, 5> kLinks{{{"fd", "/proc/self/fd"},
                                      {"stdin", "/proc/self/fd/0"},
                                      {"stdout", "/proc/self/fd/1"},
                                      {"stderr", "/proc/self/fd/2"},
                                      {"ptmx", "pts/ptmx"}}};

constexpr std::array<const char*, 2> kDirectories{"pts", "shm"};

} // namespace

bool isOwnDevice(std::string_view name) {
    const auto is = [&](const auto& own) { return name == own.name; };
    return std::any_of(kNodes.begin(), kNodes.end(), is) || std::any_of(kLinks.begin(), kLinks.end(), is) ||
           std::find(kDirectories.begin(), kDirectories.end(), name) != kDirectories.end();
}

void fillDeviceDirectory(int directory) {
    const std::string path = descriptorPath(directory);
    for (const auto& node : kNodes) {
        const std::string name = fmt::format("{}/{}", path, node.name);
        if (::mknod(name.c_str(), S_IFCHR | 0666, makedev(node.major, node.minor)) != 0 ||
            ::chmod(name.c_str(), 0666) != 0) {
            throw systemError(fmt::format("cannot make /dev/{}", node.name));
        }
    }
    for (const auto& link : kLinks) {
        if (::symlink(link.target, fmt::format("{}/{}", path, link.name).c_str()) != 0) {
            throw systemError(fmt::format("cannot make /dev/{}", link.name));
        }
    }
    for (const char* name : kDirectories)
        makeDirectory(fmt::format("{}/{}", path, name));
}

void mountInDeviceDirectory(int directory) {
    const std::string path = descriptorPath(directory);
    mountAt("devpts", path + "/pts", "devpts", MS_NOSUID | MS_NOEXEC,
            "newinstance,ptmxmode=0666,mode=0620,gid=5");
    mountAt("shm", path + "/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777");
}

} // namespace rootlayer::guest

#include "guest-agent/assemble/overlay_root.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/assemble/acl_lower.hh"
#include "guest-agent/assemble/disks.hh"
#include "guest-agent/base/inode.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/mounting.hh"
#include "guest-agent/base/root_path.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

struct MountPoint {
    const char* name;
    unsigned mode;
    /// The script needs it: if the base has a file or symlink here, the script sees a directory instead. For
    /// the others the script sees what the base has (script_mounts.hh).
    bool needed;
};
constexpr std::array<MountPoint, 6> kMountPoints{{{"dev", 0755, true},
                                                  {"proc", 0755, true},
                                                  {"sys", 0755, true},
                                                  {kOwnDirectory, 0755, true},
                                                  {"tmp", 01777, false},
                                                  {"run", 0755, false}}};

using Warn = std::function<void(std::string_view)>;

UniqueFd openDirectory(const char* path) {
    UniqueFd fd(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot open {}", path));
    return fd;
}

/// Is something of the base hidden here that a warning must name?
bool isOdd(const MountPoint& point, bool isDirectory) {
    return point.needed && (!isDirectory || point.name == std::string_view(kOwnDirectory));
}

bool isDirectoryAt(int directory, const char* name) {
    struct stat status {};
    return ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/// The skeleton is above the base, since the base may contain a whiteout of a mount point. What is in the
/// upper directory already is to be in the layer.
void makeSkeleton(const Warn& warn) {
    makeDirectory(kSkeleton);
    const UniqueFd base = openDirectory(kLower);
    const UniqueFd upper = openDirectory(kUpper);
    for (const auto& point : kMountPoints) {
        struct stat status {};
        const bool exists = ::fstatat(base.get(), point.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        const bool isDirectory = exists && S_ISDIR(status.st_mode);
        if (!isDirectory && (point.needed || !exists) && !isDirectoryAt(upper.get(), point.name))
            makeDirectory(fmt::format("{}/{}", kSkeleton, point.name), point.mode);
        if (exists && isOdd(point, isDirectory)) {
            warn(fmt::format(
                "the base's {}; the script sees rootlayer's own directory instead, and the image keeps what "
                "the base has",
                describeInRoot(base.get(), point.name)));
        }
    }
}

/// The root directory's mode, owner, times and attributes come from the upper directory.
void copyRootAttributes() {
    copyMetadata(openDirectory(kLower).get(), openDirectory(kUpper).get(), "/");
}

/// Mounts the base from lower directories.
void mountBase(const std::string& names) {
    if (names.empty()) return mountAt(kEmpty, kLower, nullptr, MS_BIND);
    // A single layer is the base: it has nothing to delete from. Also, overlayfs without an upper directory
    // needs at least two lowers.
    if (names.find(':') == std::string::npos)
        return mountAt(fmt::format("{}/{}", kLayers, names), kLower, nullptr, MS_BIND);
    mountAt("base", kLower, "overlay", MS_RDONLY, fmt::format("lowerdir={},{}", names, kOverlayRules));
}

std::size_t lowerCount(const std::string& names) {
    return names.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(names.begin(), names.end(), ':'));
}

/// Adds a lower directory with the base's ACLs, if there is room for one more; returns all lowers.
std::string mountAcls(const std::string& names, const std::vector<layer::AclItem>& acls, const Warn& warn) {
    if (lowerCount(names) >= kMaxLowers) {
        warn("the base has so many layers that the script does not see its POSIX ACLs");
        return names;
    }
    makeDirectory(kAcls);
    try {
        makeAclLower(openDirectory(kLower).get(), openDirectory(kAcls).get(), acls, warn);
    } catch (Error& error) {
        error.addHint(protocol::kHintAclDisk);
        throw;
    }
    if (::umount2(kLower, 0) != 0) throw systemError("cannot unmount the base");
    // Relative to the directory of the layers.
    const auto all = fmt::format("..{}:{}", kAcls, names);
    mountBase(all);
    return all;
}

} // namespace

void enterLayers() {
    if (::chdir(kLayers) != 0) throw systemError("cannot enter the layers' directory");
}

void leaveLayers() {
    if (::chdir("/") != 0) throw systemError("cannot leave the layers' directory");
}

std::string lowerNames(const std::vector<protocol::Section>& layers) {
    std::string names;
    const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ":") + name; };
    for (std::size_t i = layers.size(); i-- > 0;) {
        if (layers[i].directories == 0) add(std::to_string(i));
        for (auto directory = layers[i].directories; directory-- > 0;)
            add(fmt::format("{}/{}", i, directory));
    }
    return names;
}

std::string mountBase(const std::vector<protocol::Section>& layers, const std::vector<layer::AclItem>& acls,
                      const Warn& warn) {
    enterLayers();
    makeDirectory(kLower);
    makeDirectory(kEmpty);
    auto names = lowerNames(layers);
    mountBase(names);
    if (!acls.empty()) names = mountAcls(names, acls, warn);
    leaveLayers();
    makeDirectory(kUpper);
    makeDirectory(kWork);
    makeDirectory(kTemporary, 01777);
    copyRootAttributes();
    return names;
}

void mountRoot(const std::string& lowers, const Warn& warn) {
    enterLayers();
    makeSkeleton(warn);
    makeDirectory(kRoot);
    mountAt("root", kRoot, "overlay", MS_NOATIME,
            fmt::format("lowerdir=s{}{},upperdir={},workdir={},{},volatile", lowers.empty() ? "" : ":",
                        lowers, kUpper, kWork, kOverlayRules));
    leaveLayers();
}

void removeUnusedMountPoints(int upper, int skeleton) {
    for (const auto& point : kMountPoints) {
        const auto made = readInode(skeleton, point.name, DT_DIR, point.name);
        if (!made) continue;
        const auto left = readInode(upper, point.name, DT_UNKNOWN, point.name);
        if (!left || left->inode.opaque || !sameMetadata(left->inode, made->inode)) continue;
        if (::unlinkat(upper, point.name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY)
            throw systemError(fmt::format("cannot remove the empty /{}", point.name));
    }
}

void unmountRoot() {
    if (::umount2(kRoot, MNT_DETACH) != 0) throw systemError("cannot unmount the script's root");
}

} // namespace rootlayer::guest

#include "guest-agent/overlay_root.hh"

#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "guest-agent/hosts_file.hh"
#include "guest-agent/layout.hh"
#include "guest-agent/mounting.hh"

namespace rootlayer::guest {

namespace {

constexpr const char* kRules = "redirect_dir=nofollow,metacopy=off,index=off,xino=off";
constexpr std::array<const char*, 6> kMountPoints{"dev", "proc", "sys", "tmp", "run", kOwnFolder};

void makeSkeleton() {
    makeFolder(kSkeleton);
    for (const char* name : kMountPoints)
        makeFolder(fmt::format("{}/{}", kSkeleton, name));
}

/// The root directory's own mode, owner and time are the upper's.
void copyRootAttributes() {
    struct stat base {};
    if (::stat(kLower, &base) != 0) throw systemError("cannot look at the base's root");
    const std::array<timespec, 2> times{base.st_atim, base.st_mtim};
    if (::chown(kUpper, base.st_uid, base.st_gid) != 0 || ::chmod(kUpper, base.st_mode & 07777) != 0 ||
        ::utimensat(AT_FDCWD, kUpper, times.data(), 0) != 0) {
        throw systemError("cannot prepare the upper directory");
    }
}

void mountBase(const std::vector<protocol::Section>& layers) {
    makeFolder(kLower);
    makeFolder(kEmpty);
    if (layers.empty()) return mountAt(kEmpty, kLower, nullptr, MS_BIND);
    const auto names = lowerNames(layers, "");
    // One layer is the base itself: it deletes nothing. And without an upper overlayfs wants two lowers at
    // least.
    if (names.find(':') == std::string::npos)
        return mountAt(fmt::format("{}/{}", kLayers, names), kLower, nullptr, MS_BIND);
    mountAt("base", kLower, "overlay", MS_RDONLY, fmt::format("lowerdir={},{}", names, kRules));
}

} // namespace

std::string lowerNames(const std::vector<protocol::Section>& layers, const std::string& last) {
    std::string names;
    const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ":") + name; };
    for (std::size_t i = layers.size(); i-- > 0;) {
        if (layers[i].folders == 0) add(std::to_string(i));
        for (auto folder = layers[i].folders; folder-- > 0;)
            add(fmt::format("{}/{}", i, folder));
    }
    if (!last.empty()) add(last);
    return names;
}

void mountRoot(const std::vector<protocol::Section>& layers) {
    // Relative names keep the options short.
    if (::chdir(kLayers) != 0) throw systemError("cannot enter the layers' folder");
    makeSkeleton();
    mountBase(layers);
    offerHosts(kLower, kSkeleton);
    makeFolder(kUpper);
    makeFolder(kWork);
    makeFolder(kTemporary, 01777);
    copyRootAttributes();
    makeFolder(kRoot);
    mountAt("root", kRoot, "overlay", MS_NOATIME,
            fmt::format("lowerdir={},upperdir={},workdir={},{},volatile", lowerNames(layers, "s"), kUpper,
                        kWork, kRules));
    if (::chdir("/") != 0) throw systemError("cannot leave the layers' folder");
}

void unmountRoot() {
    if (::umount2(kRoot, MNT_DETACH) != 0) throw systemError("cannot unmount the script's root");
}

} // namespace rootlayer::guest

#include "guest-agent/script_mounts.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "guest-agent/busybox.hh"
#include "guest-agent/device_folder.hh"
#include "guest-agent/layout.hh"
#include "guest-agent/mounting.hh"
#include "guest-agent/root_path.hh"
#include "guest-agent/watched_script.hh"

namespace rootlayer::guest {

namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV;

struct MountPoint {
    const char* name;
    const char* source;
    const char* type;
    unsigned long flags;
    const char* options;
};

constexpr std::array<MountPoint, 4> kMountPoints{{
    {"dev", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=16m"},
    {"proc", "proc", "proc", kPlain | MS_NOEXEC, ""},
    {"sys", "sysfs", "sysfs", kPlain | MS_NOEXEC | MS_RDONLY, ""},
    {"run", "run", "tmpfs", kPlain, "mode=755"},
}};

bool isSame(int a, int b) {
    struct stat left {};
    struct stat right {};
    return ::fstat(a, &left) == 0 && ::fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

/// The folder to mount on, unless the base has made something else of the name.
std::optional<UniqueFd> findMountPoint(int root, const char* name) {
    auto folder = openInRoot(root, name, O_PATH | O_DIRECTORY);
    // A link to "/" would cover all the rest.
    if (folder && isSame(folder->get(), root)) return std::nullopt;
    return folder;
}

void writeNew(const std::string& path, std::string_view bytes, unsigned mode) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd || ::fchmod(fd.get(), mode) != 0) throw systemError(fmt::format("cannot make {}", quote(path)));
    FdSink(fd.get(), quote(path)).write(bytes);
}

/// The script and the place for busybox, watched or on a tmpfs.
void mountScript(const std::string& folder, const std::string& path, const ScriptMounts& mounts,
                 const std::function<void()>& watched) {
    if (mounts.watch >= 0 && WatchedScript::mount(mounts.watch, folder)) {
        watched();
        if (!mounts.busybox.empty()) mountAt("rootlayer", path + "/bin", "tmpfs", kPlain, "mode=755");
        return;
    }
    mountAt("rootlayer", folder, "tmpfs", kPlain, "mode=755");
    writeNew(path + "/script", mounts.script, 0755);
}

void mountOwnFolder(int root, const ScriptMounts& mounts, const std::function<void()>& watched) {
    const UniqueFd folder(::openat(root, kOwnFolder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) {
        throw Error(ErrorCode::Image,
                    fmt::format("the base has a file /{}, where the script would be", kOwnFolder),
                    "remove it from the base");
    }
    const auto path = fmt::format("{}/{}", mounts.root, kOwnFolder);
    mountScript(descriptorPath(folder.get()), path, mounts, watched);
    if (!mounts.busybox.empty()) installBusybox(mounts.busybox, path + "/bin");
}

} // namespace

void mountForScript(const ScriptMounts& mounts, const std::function<void()>& watched,
                    const std::function<void(std::string_view)>& warn) {
    const UniqueFd root(::open(mounts.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw systemError("cannot open the script's root");
    const auto mount = [&](const char* name, const auto& doMount) {
        const auto folder = findMountPoint(root.get(), name);
        if (folder) return doMount(descriptorPath(folder->get()));
        warn(fmt::format("the base's /{} is no folder; nothing is mounted there", name));
    };
    mountOwnFolder(root.get(), mounts, watched);
    for (const auto& point : kMountPoints) {
        mount(point.name, [&](const std::string& target) {
            mountAt(point.source, target, point.type, point.flags, point.options);
        });
    }
    mount("tmp", [&](const std::string& target) { mountAt(mounts.temporary, target, nullptr, MS_BIND); });
    if (const auto dev = findMountPoint(root.get(), "dev")) fillDeviceFolder(dev->get());
}

} // namespace rootlayer::guest

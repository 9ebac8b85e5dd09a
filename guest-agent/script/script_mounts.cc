#include "guest-agent/script/script_mounts.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/mounting.hh"
#include "guest-agent/base/root_path.hh"
#include "guest-agent/script/busybox.hh"
#include "guest-agent/script/device_directory.hh"
#include "guest-agent/script/watched_script.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV;

UniqueFd openMountPoint(int root, const char* name) {
    return UniqueFd(::openat(root, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void writeNew(const std::string& path, std::string_view bytes, unsigned mode) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd || ::fchmod(fd.get(), mode) != 0) throw systemError(fmt::format("cannot make {}", quote(path)));
    FdSink(fd.get(), quote(path)).write(bytes);
}

/// Mounts the script, watched or on a tmpfs, and a directory for busybox.
void mountScript(const std::string& directory, const std::string& path, const ScriptMounts& mounts,
                 const std::function<void()>& watched) {
    if (mounts.watch >= 0 && WatchedScript::mount(mounts.watch, directory)) {
        watched();
        if (!mounts.busybox.empty()) mountAt("rootlayer", path + "/bin", "tmpfs", kPlain, "mode=755");
        return;
    }
    mountAt("rootlayer", directory, "tmpfs", kPlain, "mode=755");
    writeNew(path + "/script", mounts.script, 0755);
}

void mountOwnDirectory(int root, const ScriptMounts& mounts, const std::function<void()>& watched) {
    const UniqueFd directory = openMountPoint(root, kOwnDirectory);
    if (!directory) {
        throw Error(ErrorCode::Image,
                    fmt::format("the base has a file /{}, where the script would be", kOwnDirectory),
                    protocol::kHintOwnDirectory);
    }
    const auto path = fmt::format("{}/{}", mounts.root, kOwnDirectory);
    mountScript(descriptorPath(directory.get()), path, mounts, watched);
    if (!mounts.busybox.empty()) installBusybox(mounts.busybox, path + "/bin");
}

} // namespace

void mountForScript(const ScriptMounts& mounts, const std::function<void()>& watched,
                    const std::function<void(std::string_view)>& warn) {
    const UniqueFd root(::open(mounts.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw systemError("cannot open the script's root");
    const auto mount = [&](const char* name, const std::string& source, const char* type,
                           unsigned long flags) {
        if (const auto point = openMountPoint(root.get(), name)) {
            return mountAt(source, descriptorPath(point.get()), type, flags);
        }
        warn(
            fmt::format("the base's {}; nothing is mounted there, and what the script leaves there is in the "
                        "layer",
                        describeInRoot(root.get(), name)));
    };
    mountOwnDirectory(root.get(), mounts, watched);
    mount("dev", mounts.devices, nullptr, MS_BIND);
    mount("proc", "proc", "proc", kPlain | MS_NOEXEC);
    mount("sys", "sysfs", "sysfs", kPlain | MS_NOEXEC | MS_RDONLY);
    if (!mounts.run.empty()) mount("run", mounts.run, nullptr, MS_BIND);
    if (!mounts.temporary.empty()) mount("tmp", mounts.temporary, nullptr, MS_BIND);
    if (const auto dev = openMountPoint(root.get(), "dev")) mountInDeviceDirectory(dev.get());
}

} // namespace rootlayer::guest

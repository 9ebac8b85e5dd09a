#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// What the script sees in its root besides the layers.
struct ScriptMounts {
    std::string root;        ///< the mounted root; this and other paths are the agent's
    std::string temporary;   ///< a directory that becomes /tmp; empty: nothing is mounted on /tmp
    std::string run;         ///< a directory that becomes /run; empty: likewise
    std::string devices;     ///< a filled directory that becomes /dev (device_directory.hh)
    std::string_view script; ///< the content of /.rootlayer/script
    std::string busybox;     ///< put into /.rootlayer/bin with its applets; empty: none
    int watch = -1;          ///< WatchedScript::fd(), mounted at /.rootlayer if possible
};

/// Mounts /dev, /proc, /sys, /tmp, /run and /.rootlayer in the root. Follows no symlink: a mount on its
/// target would hide what the base has there. If the root has no directory of a name, nothing is mounted
/// there and `warn` is called (B21). Must be called in the script's own namespaces by its first process
/// (/proc shows the pid namespace of the caller). Throws Error{System}; Error{Image} if /.rootlayer is taken.
///
/// `watched` is called when the agent must start to serve its WatchedScript.
void mountForScript(const ScriptMounts& mounts, const std::function<void()>& watched,
                    const std::function<void(std::string_view)>& warn);

} // namespace rootlayer::guest

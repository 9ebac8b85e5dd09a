#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// What the script finds in its root besides the layers.
struct ScriptMounts {
    std::string root;        ///< the mounted root, a path of the agent's
    std::string temporary;   ///< a directory that becomes /tmp; empty: /tmp is the root's own
    std::string run;         ///< a directory that becomes /run; empty: as above
    std::string devices;     ///< a filled directory that becomes /dev (device_directory.hh)
    std::string_view script; ///< bytes of /.rootlayer/script
    std::string busybox;     ///< a path of the agent's, put at /.rootlayer/bin with its applets; empty: none
    int watch = -1;          ///< WatchedScript::fd(): /.rootlayer is that, if it can be mounted
};

/// Mounts /dev, /proc, /sys, /tmp, /run and /.rootlayer in the root. No symlink is followed: a mount on its
/// target would hide what the base has there. Where the root has no directory of the name nothing is mounted,
/// with a warning (B21). To be called in the script's own namespaces, as its first process (/proc is that of
/// the caller's pid namespace). Throws Error{System}; Error{Image} when /.rootlayer is taken.
///
/// `watched` is called once the agent has to serve its WatchedScript.
void mountForScript(const ScriptMounts& mounts, const std::function<void()>& watched,
                    const std::function<void(std::string_view)>& warn);

} // namespace rootlayer::guest

#pragma once

#include "guest-agent/script/script_plan.hh"

namespace rootlayer::guest {

/// Descriptors that the script's first process inherits; not owned.
struct ScriptFds {
    int in = -1;
    int out = -1;
    int err = -1;
    int report = -1; ///< ScriptReports go there
    int group = -1;  ///< to join the script's cgroup; -1: none
    int watch = -1;  ///< WatchedScript::fd()
};

/// The life of the script's first process, which is process 1 of a new pid namespace: makes the other
/// namespaces, mounts what the script needs, makes the root the only one there is, starts the script, reaps
/// whatever is left over, and reports how the script ended. When it ends, the kernel kills all that the
/// script has left behind.
[[noreturn]] void runScriptInit(const ScriptPlan& plan, const ScriptFds& fds) noexcept;

} // namespace rootlayer::guest

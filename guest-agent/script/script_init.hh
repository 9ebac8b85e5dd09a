#pragma once

#include "guest-agent/script/script_plan.hh"

namespace rootlayer::guest {

/// Descriptors that the script's first process inherits; not owned.
struct ScriptFds {
    int in = -1;
    int out = -1;
    int err = -1;
    int report = -1; ///< the pipe for ScriptReports
    int group = -1;  ///< to join the script's cgroup; -1: none
    int watch = -1;  ///< WatchedScript::fd()
};

/// The script's first process, process 1 of a new pid namespace. It makes the other namespaces, mounts what
/// the script needs, changes the root, starts the script, reaps orphans, and reports how the script ended.
/// When it exits, the kernel kills everything that the script has left running.
[[noreturn]] void runScriptInit(const ScriptPlan& plan, const ScriptFds& fds) noexcept;

} // namespace rootlayer::guest

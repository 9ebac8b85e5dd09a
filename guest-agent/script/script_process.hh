#pragma once

#include "guest-agent/script/script_init.hh"
#include "guest-agent/script/script_plan.hh"

namespace rootlayer::guest {

/// Turns the calling process, already in the script's root, into the script: sets group, descriptors, limits,
/// user and working directory (created if missing), then calls execve(2). Reports errors and exits. `proc` is
/// a /proc that shows this process, or -1.
[[noreturn]] void becomeScript(const ScriptPlan& plan, const ScriptFds& fds, int proc);

} // namespace rootlayer::guest

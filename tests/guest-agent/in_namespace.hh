#pragma once

#include <functional>
#include <string>

namespace rootlayer::guest {

/// Runs a function in a child process with its own mount namespace, so that its mounts disappear with it.
/// `meanwhile` runs in this process. The child is killed when this process ends. No other thread may run: if
/// one holds a lock of the allocator, that stays locked in the child for ever. Returns "" if the function
/// returned, else the message of its exception, prefixed by "cannot: " if this system does not allow such a
/// namespace (the test is then skipped).
std::string inMountNamespace(const std::function<void()>& work, const std::function<void()>& meanwhile = {});

/// Whether the namespace was not allowed. Prints a warning if so.
bool wasDenied(const std::string& outcome);

} // namespace rootlayer::guest

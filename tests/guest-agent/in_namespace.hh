#pragma once

#include <functional>
#include <string>

namespace rootlayer::guest {

/// Runs a function in a child process that has a mount namespace of its own, so that what it mounts is gone
/// with it; `meanwhile` runs in this process. The child is killed when this process ends. No other thread may
/// run: one that holds a lock of the allocator would hold it in the child for ever.
/// "" when it returned; the message of what it threw, with "cannot: " before it when this system does not let
/// us make such a namespace (then a test has nothing to prove).
std::string inMountNamespace(const std::function<void()>& work, const std::function<void()>& meanwhile = {});

/// Was that the reason? Says so in the test's output.
bool wasDenied(const std::string& outcome);

} // namespace rootlayer::guest

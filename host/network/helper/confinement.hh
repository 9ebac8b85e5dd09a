#pragma once

#include <vector>

namespace rootlayer::network {

/// Gives up everything that the helper does not need, for good: capabilities, files (Landlock), and all
/// system calls but those for sockets, memory and time (seccomp). Only the descriptors named stay open,
/// besides 0 to 2. Throws Error{System} if seccomp cannot be had; a kernel without Landlock (before 5.13) is
/// accepted, since seccomp forbids to open files too.
void confine(const std::vector<int>& descriptors);

} // namespace rootlayer::network

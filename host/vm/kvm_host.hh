#pragma once

#include <string>

namespace rootlayer::vm {

/// What a machine with KVM sees of the host: its kernel's release and version, and the first processor's
/// model, microcode and features. A snapshot taken on one such host is not restored on another. A host may
/// change while it runs: it may be a virtual machine that moves, or get new microcode. `cpuinfo` is the file
/// /proc/cpuinfo, or a test's.
std::string kvmHost(const std::string& cpuinfo = "/proc/cpuinfo");

} // namespace rootlayer::vm

#pragma once

#include <span>
#include <string_view>

namespace rootlayer::layer {

/// Files that Debian's package tools leave behind and that differ from run to run, though nobody wants them
/// in a layer: logs, caches, downloaded lists and packages, backups. `name` is a pattern of glob(7).
struct DebianTrace {
    std::string_view directory;
    std::string_view name;
};
std::span<const DebianTrace> debianTraces();

/// systemd's machine-id(5): another trace, but the file belongs there; empty it means "make one at boot".
inline constexpr std::string_view kMachineId = "etc/machine-id";

/// Is an entry of this path one of them, kMachineId included?
bool isDebianTrace(std::string_view path);

} // namespace rootlayer::layer

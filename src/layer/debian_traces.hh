#pragma once

#include <span>
#include <string_view>

namespace rootlayer::layer {

/// Files that Debian's package tools leave behind, that differ from run to run and do not belong in a layer:
/// logs, caches, downloaded lists and packages, backups. `name` is a glob(7) pattern.
struct DebianTrace {
    std::string_view directory;
    std::string_view name;
};
std::span<const DebianTrace> debianTraces();

/// systemd's machine-id(5). It also differs from run to run, but the file must exist: an empty one means
/// "generate an ID at boot".
inline constexpr std::string_view kMachineId = "etc/machine-id";

/// Is this the path of such a file, kMachineId included?
bool isDebianTrace(std::string_view path);

} // namespace rootlayer::layer

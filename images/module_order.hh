#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::images {

/// The modules that the agent needs, by name; a kernel may have any of them built in.
const std::vector<std::string>& wantedModules();

/// Those that it can do without: fuse, to see how far a script has got.
const std::vector<std::string>& usefulModules();

/// Is this one of those that the agent loads only when the first request comes? A machine that is frozen
/// before (a template) knows nothing of its disks' content or size yet.
bool isLateModule(std::string_view name);

/// The files of the modules, relative to `directory`, that must be loaded for `wanted` to work, each after
/// what it depends on, none twice. `directory` is a lib/modules/RELEASE with modules.dep and modules.builtin
/// (depmod(8)). What is built in is left out; a module that is neither is Error{Machine} naming it and the
/// directory; one of `useful` that is neither is left out.
std::vector<std::string> moduleOrder(const std::string& directory, const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& useful = {});

/// "virtio_pci" of "kernel/drivers/virtio/virtio-pci.ko.xz": '-' and '_' are the same in module names.
std::string moduleName(std::string_view path);

/// The content of a module's file, decompressed if need be.
std::string readModule(const std::string& path);

} // namespace rootlayer::images

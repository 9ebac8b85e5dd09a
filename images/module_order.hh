#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::images {

/// The names of the modules that the agent needs. A kernel may have any of them built in.
const std::vector<std::string>& wantedModules();

/// The names of modules that the agent can do without: fuse, which shows how far a script has got.
const std::vector<std::string>& usefulModules();

/// Is it a disk driver? The agent loads it last, after it has turned automatic binding off: a machine that is
/// frozen as a template must not read its disks.
bool isLateModule(std::string_view name);

/// The module files, relative to `directory`, that must be loaded for `wanted` to work, each once and after
/// its dependencies. `directory` is a lib/modules/RELEASE with modules.dep and modules.builtin (depmod(8)).
/// Built-in modules are left out. Throws Error{Machine} naming a wanted module that does not exist and the
/// directory; a missing module of `useful` is left out.
std::vector<std::string> moduleOrder(const std::string& directory, const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& useful = {});

/// The name of a module from its path: "virtio_pci" for "kernel/drivers/virtio/virtio-pci.ko.xz". '-' and '_'
/// are the same in module names.
std::string moduleName(std::string_view path);

/// The content of a module file, decompressed if needed.
std::string readModule(const std::string& path);

} // namespace rootlayer::images

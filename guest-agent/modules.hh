#pragma once

#include <string>

namespace rootlayer::guest {

/// Loads the kernel modules of a folder: FOLDER/order has their file names, one a line, each after what it
/// needs (made with the initramfs). No such file: a kernel that has all built in. Throws Error{Machine}
/// naming the module.
void loadModules(const std::string& folder);

} // namespace rootlayer::guest

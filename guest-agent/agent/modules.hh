#pragma once

#include <string>

namespace rootlayer::guest {

/// Loads kernel modules from a directory. Its file `list` has their file names, one per line, each after the
/// modules that it needs (made with the initramfs). If there is no such file, all drivers are built in.
/// Throws Error{Machine} naming the module.
void loadModules(const std::string& directory, const char* list);

} // namespace rootlayer::guest

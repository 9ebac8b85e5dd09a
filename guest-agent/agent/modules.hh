#pragma once

#include <string>

namespace rootlayer::guest {

/// Loads kernel modules of a directory: the file `list` in it has their file names, one a line, each after
/// what it needs (made with the initramfs). No such file: a kernel that has all built in. Throws
/// Error{Machine} naming the module.
void loadModules(const std::string& directory, const char* list);

} // namespace rootlayer::guest

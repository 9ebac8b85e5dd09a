#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace rootlayer {

/// The directory of the files that are installed with this code and are no library or command:
/// PREFIX/lib/rootlayer. This code is in PREFIX/bin (the command), PREFIX/lib or PREFIX/lib/ARCHITECTURE (the
/// library). Its path as the kernel knows it, so it does not depend on how the program was started. Empty if
/// there is none, as in a build tree, or if another user than installationOwners() could change it.
std::string installedDirectory();

/// The users who can change this code, and whose other files may be used as well: root and the owner of the
/// file that holds it.
std::vector<uid_t> installationOwners();

/// The prefix of an installation with this file, or nullopt if it is not in one of the three directories.
std::optional<std::string> prefixOf(const std::string& file);

} // namespace rootlayer

#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// A name in a directory. `kind` is readdir's d_type, and may be DT_UNKNOWN.
struct DirectoryName {
    std::string name;
    unsigned char kind = 0;
};

/// Opens a directory of a directory, following no symlink. Throws Error{System} naming `path`.
UniqueFd openDirectory(int parent, const std::string& name, const std::string& path);

/// The names in a directory, without "." and "..", sorted bytewise.
std::vector<DirectoryName> listDirectory(int directory, const std::string& path);

} // namespace rootlayer::guest

#pragma once

#include <string>

#include "base/unique_fd.hh"

namespace rootlayer {

/// A file for reading and writing that has no name, so that nothing is left behind however we end; in the
/// directory's file system. Throws Error{Input} or Error{System} naming the directory.
UniqueFd namelessFile(const std::string& directory);

} // namespace rootlayer

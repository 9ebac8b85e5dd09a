#pragma once

#include <string>

#include "base/unique_fd.hh"

namespace rootlayer {

/// Opens an unnamed file for reading and writing in the file system of `directory`. Nothing is left behind,
/// however the process ends. Throws Error{Input} or Error{System} naming the directory.
UniqueFd namelessFile(const std::string& directory);

} // namespace rootlayer

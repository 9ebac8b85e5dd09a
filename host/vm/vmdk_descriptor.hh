#pragma once

#include <string>
#include <vector>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// The path of the descriptor of a run's layers in its directory.
std::string vmdkDescriptorPath(const std::string& directory);

/// The text of a descriptor that concatenates the files `names`, one for each extent, into one disk (VMware
/// Virtual Disk Format 1.1, createType twoGbMaxExtentFlat). The names are absolute, or relative to it. Throws
/// Error{Internal} for a size that is not a multiple of 4096.
std::string vmdkDescriptor(const std::vector<Extent>& extents, const std::vector<std::string>& names);

/// Opens an extent for reading. Throws Error{Input} if it is missing or too short.
UniqueFd openExtent(const Extent& extent);

/// Writes the descriptor, and beside it a symlink for each extent, because the format cannot quote names and
/// the cache's path can contain any character. Throws Error{Input} if an extent is missing or too short.
void writeVmdkDescriptor(const std::string& directory, const std::vector<Extent>& extents);

} // namespace rootlayer::vm

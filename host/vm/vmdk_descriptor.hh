#pragma once

#include <string>
#include <vector>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// The descriptor of a run's layers, in its directory.
std::string vmdkDescriptorPath(const std::string& directory);

/// The text that makes QEMU show `names`, one a disk extent, side by side (VMware Virtual Disk Format 1.1,
/// createType twoGbMaxExtentFlat). The names are relative to the descriptor. Throws Error{Internal} for a
/// size that is no multiple of 4096.
std::string vmdkDescriptor(const std::vector<Extent>& extents, const std::vector<std::string>& names);

/// Writes the descriptor, and beside it one symlink an extent: the format has no way to quote a name, and a
/// cache may lie in a directory with any name. Throws Error{Input} for an extent that is missing or too
/// short, before QEMU does.
void writeVmdkDescriptor(const std::string& directory, const std::vector<Extent>& extents);

} // namespace rootlayer::vm

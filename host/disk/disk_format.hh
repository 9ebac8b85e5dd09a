#pragma once

#include <string>
#include <string_view>

namespace rootlayer::disk {

enum class DiskFormat { Raw, Qcow2 };

/// QEMU's name of the format: "raw" or "qcow2".
std::string_view name(DiskFormat format);

/// The format of the disk in a file or block device: qcow2 if it starts with qcow2's magic, else raw. A guest
/// that writes a qcow2 header to its raw disk gains nothing: a qcow2 that refers to another file (a backing
/// file or an external data file, QEMU docs/interop/qcow2.txt) or is encrypted is refused. Throws
/// Error{Input} if it cannot be read, Error{Image} if it is not a disk, has another format or is truncated.
DiskFormat checkedDiskFormat(const std::string& path);

} // namespace rootlayer::disk

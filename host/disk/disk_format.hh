#pragma once

#include <string>
#include <string_view>

namespace rootlayer::disk {

enum class DiskFormat { Raw, Qcow2 };

/// "raw", "qcow2": as QEMU calls them.
std::string_view name(DiskFormat format);

/// What kind of disk a file (or a block device) holds: qcow2 when it begins as one, else raw. A guest that
/// writes such a beginning to its raw disk gains nothing by it: a qcow2 is refused that names another file
/// (QEMU docs/interop/qcow2.txt: a backing file, an external data file), or is encrypted. Throws Error{Input}
/// for what cannot be read, Error{Image} for what is no disk, of another format, or cut off.
DiskFormat checkedDiskFormat(const std::string& path);

} // namespace rootlayer::disk

#pragma once

namespace rootlayer::guest {

/// Stops virtio drivers from binding to devices by themselves. So virtio_blk can be loaded before a machine
/// is frozen, without reading the disks that are attached only later. Devices that are bound stay bound.
void leaveDisksAlone();

/// Binds virtio_blk to the disks that have no driver, in the order of their slots, so that they get the names
/// /dev/vda, /dev/vdb... A built-in driver has bound them already. Throws Error{System}.
void bindDisks();

} // namespace rootlayer::guest

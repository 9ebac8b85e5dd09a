#pragma once

namespace rootlayer::guest {

/// From now on a driver of virtio's gets no device until it is given one: virtio_blk can be loaded before a
/// machine is frozen, and look at disks that are there only later. Drivers that have theirs keep them.
void leaveDisksAlone();

/// Gives virtio_blk the disks that have no driver yet, in the order of their slots, and with that of their
/// names: /dev/vda... A kernel that has the driver built in has done so itself. Throws Error{System}.
void bindDisks();

} // namespace rootlayer::guest

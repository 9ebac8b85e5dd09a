#pragma once

namespace rootlayer::guest {

/// Makes what belongs into a container's /dev: null, zero, full, random, urandom, tty, the links to
/// /proc/self/fd, pts and shm; no disks, no port. `folder` is an empty tmpfs. Throws Error{System}.
void fillDeviceFolder(int folder);

} // namespace rootlayer::guest

#pragma once

#include <string_view>

namespace rootlayer::guest {

/// Makes what belongs into a container's /dev: null, zero, full, random, urandom, tty, the links to
/// /proc/self/fd, empty pts and shm; no disks, no port. `folder` is an empty tmpfs. Throws Error{System}.
void fillDeviceFolder(int folder);

/// Mounts pts and shm in a folder that fillDeviceFolder() has filled.
void mountInDeviceFolder(int folder);

/// Is it the name of something that fillDeviceFolder() makes?
bool isOwnDevice(std::string_view name);

} // namespace rootlayer::guest

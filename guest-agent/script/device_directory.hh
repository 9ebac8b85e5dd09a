#pragma once

#include <string_view>

namespace rootlayer::guest {

/// Makes what belongs into a container's /dev: null, zero, full, random, urandom, tty, the links to
/// /proc/self/fd, empty pts and shm; no disks, no port. `directory` is an empty tmpfs. Throws Error{System}.
void fillDeviceDirectory(int directory);

/// Mounts pts and shm in a directory that fillDeviceDirectory() has filled.
void mountInDeviceDirectory(int directory);

/// Is it the name of something that fillDeviceDirectory() makes?
bool isOwnDevice(std::string_view name);

} // namespace rootlayer::guest

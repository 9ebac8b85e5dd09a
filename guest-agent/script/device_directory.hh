#pragma once

#include <string_view>

namespace rootlayer::guest {

/// Fills a container's /dev: null, zero, full, random, urandom, tty, the links to /proc/self/fd, ptmx, and
/// empty pts and shm. No disks and no ports. `directory` is an empty tmpfs. Throws Error{System}.
void fillDeviceDirectory(int directory);

/// Mounts pts and shm in a directory that fillDeviceDirectory() has filled. Throws Error{System}.
void mountInDeviceDirectory(int directory);

/// Is it a name that fillDeviceDirectory() creates?
bool isOwnDevice(std::string_view name);

} // namespace rootlayer::guest

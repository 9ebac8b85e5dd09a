#pragma once

#include <string>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// Opens the virtio-serial port of that name, once it has appeared and the host is connected (QEMU discards
/// what is written earlier). Searches /sys/class/virtio-ports, since there is no udev. Throws Error{Timeout}.
UniqueFd openPort(const std::string& name, Deadline deadline);

} // namespace rootlayer::guest

#pragma once

#include <string>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// Opens the virtio-serial port of that name, once it has appeared and somebody is connected on the host's
/// side (QEMU throws away what is written before). Found through /sys/class/virtio-ports: there is no udev.
/// Throws Error{Timeout}.
UniqueFd openPort(const std::string& name, Deadline deadline);

} // namespace rootlayer::guest

#pragma once

#include "base/ip_address.hh"

namespace rootlayer::network {

/// Whether packets to the address stay on this host: an interface has it, or a route makes it local. Asked at
/// every call: addresses come and go. True if that cannot be found out.
bool isOwnAddress(const IpAddress& address);

} // namespace rootlayer::network

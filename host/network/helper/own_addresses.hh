#pragma once

#include "base/ip_address.hh"

namespace rootlayer::network {

/// Whether one of this host's interfaces has the address, asked at every call: addresses come and go. True if
/// that cannot be found out.
bool isOwnAddress(const IpAddress& address);

} // namespace rootlayer::network

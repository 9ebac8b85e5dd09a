#pragma once

#include "network/rules.hh"
#include "protocol/messages.hh"

namespace rootlayer::network {

/// The ranges of addresses that the guest lets the script connect to without asking for a name. The guest
/// opens the addresses of names by itself.
protocol::NetworkRequest guestRanges(const Rules& rules);

} // namespace rootlayer::network

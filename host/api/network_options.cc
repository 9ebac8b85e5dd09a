#include <rootlayer/network_options.hh>

#include "network/connection_record.hh"

namespace rootlayer {

std::string_view NetworkConnection::nameOf(Outcome outcome) {
    return network::name(outcome);
}

} // namespace rootlayer

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rootlayer::network {

/// In ascending order, without repetition. Empty: every port.
using Ports = std::vector<std::uint16_t>;

/// "HOST[:PORT[,PORT...]]", as options have it. The host is not checked.
struct Endpoint {
    std::string_view host; ///< of the text, without brackets
    Ports ports;
};

/// Several colons without brackets are an IPv6 address without ports. In brackets is IPv6. nullopt:
/// malformed.
std::optional<Endpoint> parseEndpoint(std::string_view text);

} // namespace rootlayer::network

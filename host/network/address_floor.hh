#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.hh"

namespace rootlayer::network {

/// Why a script must not connect to an address unless --permit names it: "a loopback address". nullopt: it is
/// an ordinary public address. Each form of an IPv4 address inside an IPv6 address is refused, except
/// ::ffff:a.b.c.d, which is the IPv4 address.
std::optional<std::string_view> floorReason(const IpAddress& address);

/// The prefixes that floorReason() refuses. The first that contains an address gives the reason. ISATAP
/// addresses (RFC 5214), which no prefix describes, are not in it.
const std::vector<std::pair<IpPrefix, std::string_view>>& floorPrefixes();

} // namespace rootlayer::network

#include "network/address_floor.hh"

#include <algorithm>
#include <array>

namespace rootlayer::network {

namespace {

constexpr std::string_view kUnspecified = "an unspecified address";
constexpr std::string_view kLoopback = "a loopback address";
constexpr std::string_view kPrivate = "a private address";
constexpr std::string_view kLinkLocal = "a link-local address";
constexpr std::string_view kMulticast = "a multicast address";
constexpr std::string_view kDocumentation = "a documentation address";
constexpr std::string_view kBenchmarking = "a benchmarking address";
constexpr std::string_view kReserved = "a reserved address";
constexpr std::string_view kEmbedded = "an IPv4 address inside an IPv6 address";

struct Row {
    std::string_view prefix;
    std::string_view reason;
};

// IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), and what is not global unicast (RFC 4291).
// Narrow prefixes come before the wide ones that contain them.
constexpr std::array kRows{
    Row{"0.0.0.0/8", kUnspecified},
    Row{"10.0.0.0/8", kPrivate},
    Row{"100.64.0.0/10", "a shared address (carrier-grade NAT)"},
    Row{"127.0.0.0/8", kLoopback},
    // Azure's agent of the host, which has the machine's settings and secrets.
    Row{"168.63.129.16", "a cloud's metadata address"},
    Row{"169.254.0.0/16", kLinkLocal},
    Row{"172.16.0.0/12", kPrivate},
    Row{"192.0.0.0/24", kReserved},
    Row{"192.0.2.0/24", kDocumentation},
    Row{"192.88.99.0/24", kReserved},
    Row{"192.168.0.0/16", kPrivate},
    Row{"198.18.0.0/15", kBenchmarking},
    Row{"198.51.100.0/24", kDocumentation},
    Row{"203.0.113.0/24", kDocumentation},
    Row{"224.0.0.0/4", kMulticast},
    Row{"255.255.255.255", "a broadcast address"},
    Row{"240.0.0.0/4", kReserved},

    Row{"::", kUnspecified},
    Row{"::1", kLoopback},
    Row{"::/96", kEmbedded},           // IPv4-compatible
    Row{"::ffff:0:0:0/96", kEmbedded}, // IPv4-translated (RFC 2765)
    Row{"64:ff9b::/96", kEmbedded},    // NAT64 (RFC 6052)
    Row{"64:ff9b:1::/48", kEmbedded},  // NAT64 (RFC 8215)
    Row{"2001::/32", kEmbedded},       // Teredo
    Row{"2001:2::/48", kBenchmarking},
    Row{"2001::/23", kReserved}, // for protocols, such as ORCHID
    Row{"2001:db8::/32", kDocumentation},
    Row{"2002::/16", kEmbedded}, // 6to4
    Row{"3fff::/20", kDocumentation},
    Row{"fc00::/7", "a unique local address"},
    Row{"fe80::/10", kLinkLocal},
    Row{"ff00::/8", kMulticast},
    // All but 2000::/3.
    Row{"::/3", kReserved},
    Row{"4000::/2", kReserved},
    Row{"8000::/1", kReserved},
};

/// The interface identifier 0:5efe:a.b.c.d or 200:5efe:a.b.c.d, below any prefix.
bool isIsatap(const IpAddress& address) {
    const auto& bytes = address.bytes();
    return (bytes[8] & 0xfdU) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

} // namespace

const std::vector<std::pair<IpPrefix, std::string_view>>& floorPrefixes() {
    static const auto table = [] {
        std::vector<std::pair<IpPrefix, std::string_view>> made;
        made.reserve(kRows.size());
        for (const auto& [prefix, reason] : kRows)
            made.emplace_back(IpPrefix::parse(prefix).value(), reason);
        return made;
    }();
    return table;
}

std::optional<std::string_view> floorReason(const IpAddress& address) {
    const auto& table = floorPrefixes();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const auto& each) { return each.first.contains(address); });
    if (row != table.end()) return row->second;
    if (isIsatap(address)) return kEmbedded;
    return std::nullopt;
}

} // namespace rootlayer::network

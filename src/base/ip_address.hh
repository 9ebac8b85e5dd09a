#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace rootlayer {

/// An IPv4 or IPv6 address. An IPv4 address is kept as ::ffff:a.b.c.d, so that both ways to write it are the
/// same address. Default constructed: `::`.
class IpAddress final {
  public:
    using Bytes = std::array<std::uint8_t, 16>;

    IpAddress() = default;

    /// Reads four decimal numbers without leading zeros, or the text of RFC 4291, without zone, brackets and
    /// blanks. nullopt for all else.
    static std::optional<IpAddress> parse(std::string_view text);

    static IpAddress v4(std::array<std::uint8_t, 4> bytes);
    static IpAddress v6(Bytes bytes) { return IpAddress(bytes); }

    /// The address of a socket address, without port and scope. nullopt if it is neither AF_INET nor
    /// AF_INET6.
    static std::optional<IpAddress> of(const sockaddr_storage& address);

    bool isV4() const;
    /// In network order.
    const Bytes& bytes() const { return m_bytes; }

    /// "192.0.2.1" or "2001:db8::1" (inet_ntop(3)).
    std::string str() const;

    /// Writes a socket address, AF_INET for IPv4, and returns its length.
    socklen_t fill(sockaddr_storage& address, std::uint16_t port) const;

    auto operator<=>(const IpAddress&) const = default;
    bool operator==(const IpAddress&) const = default;

  private:
    explicit IpAddress(Bytes bytes) : m_bytes(bytes) {}

    Bytes m_bytes{};
};

/// The addresses that begin with the same bits.
struct IpPrefix {
    IpAddress address;
    unsigned length = 128; ///< of 128 bits: an IPv4 /8 is 104

    /// Reads "10.0.0.0/8" or "2001:db8::/32", and an address as the prefix of that address alone. Bits after
    /// the length are cleared. nullopt for all else.
    static std::optional<IpPrefix> parse(std::string_view text);

    /// Whether the address is in the prefix. IPv4 addresses are only in prefixes of IPv4, not in ::/0.
    bool contains(const IpAddress& other) const;

    /// "10.0.0.0/8" or "2001:db8::/32".
    std::string str() const;

    bool operator==(const IpPrefix&) const = default;
};

} // namespace rootlayer

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/network_options.hh>

#include "base/ip_address.hh"
#include "network/endpoint.hh"
#include "network/proxy.hh"

namespace rootlayer::network {

/// An address given to --allow.
struct AddressRule {
    IpAddress address;
    Ports ports;
};

/// A value of --permit.
struct PrefixRule {
    IpPrefix prefix;
    Ports ports;
};

/// A DNS server.
struct Server {
    IpAddress address;
    std::uint16_t port = 53;
};

/// What a script may connect to: the parsed NetworkOptions.
class Rules final {
  public:
    /// Throws Error{Usage} naming the option and its value.
    explicit Rules(const NetworkOptions& options);

    /// Allow if the options have None with values of --allow or --permit.
    NetworkMode mode() const { return m_mode; }

    /// The ports that a name may be connected to. nullopt: the name is not allowed, or is no host name.
    std::optional<Ports> portsOf(std::string_view name) const;
    /// Whether a name may be connected to.
    bool allows(std::string_view name, std::uint16_t port) const;

    /// Whether --permit opens this address and port.
    bool permits(const IpAddress& address, std::uint16_t port) const;
    /// Whether the script may connect to an address without a name. With Allow it is one given to --allow or
    /// in a --permit. refusal() is checked separately.
    bool allowsAddress(const IpAddress& address, std::uint16_t port) const;
    /// Why a connection to the address must not be made: floorReason(), unless it is permitted.
    std::optional<std::string_view> refusal(const IpAddress& address, std::uint16_t port) const;

    /// The addresses given to --allow.
    const std::vector<AddressRule>& allowedAddresses() const { return m_addresses; }
    /// The values of --permit.
    const std::vector<PrefixRule>& permittedPrefixes() const { return m_prefixes; }

    /// The address that --add-host gives to a name.
    std::optional<IpAddress> addedHost(std::string_view name) const;
    /// Empty: the host's.
    const std::vector<Server>& dnsServers() const { return m_dnsServers; }
    /// The proxy that connections go through.
    const std::optional<Proxy>& proxy() const { return m_proxy; }

  private:
    struct NameRule {
        std::string name;
        bool isBelow; ///< the names below it, but not the name itself
        Ports ports;
    };

    void addAllowed(const std::string& text);
    void addPermitted(const std::string& text);
    void checkAllowedAddresses() const;
    void addHost(const std::string& text);
    void addDnsServer(const std::string& text);

    NetworkMode m_mode;
    std::vector<NameRule> m_names;
    std::vector<AddressRule> m_addresses;
    std::vector<PrefixRule> m_prefixes;
    std::map<std::string, IpAddress> m_hosts;
    std::vector<Server> m_dnsServers;
    std::optional<Proxy> m_proxy;
};

} // namespace rootlayer::network

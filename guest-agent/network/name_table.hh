#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hh"

namespace rootlayer::guest {

/// The addresses that stand for names in the script's network: a connection says by its address which name it
/// means. They come from ranges that no host has (RFC 2544, RFC 5180), in the order in which the script asks.
class NameTable final {
  public:
    struct Addresses {
        IpAddress v4;
        IpAddress v6;
    };

    /// The addresses of a name, which gets some if it has none. nullopt if all are in use.
    std::optional<Addresses> add(const std::string& name);
    /// The addresses of a name that has some.
    std::optional<Addresses> find(const std::string& name) const;
    /// The name of an address; nullptr: none.
    const std::string* nameOf(const IpAddress& address) const;

  private:
    std::map<std::string, std::uint32_t, std::less<>> m_numbers;
    std::vector<const std::string*> m_names; ///< keys of m_numbers, by number
};

} // namespace rootlayer::guest

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::network {

/// An HTTP proxy.
struct Proxy {
    std::string host; ///< a name, or an address without brackets
    std::uint16_t port = 0;
    std::string credentials; ///< "user:password", percent-decoded. Empty: none.
};

/// Reads "http://[USER:PASSWORD@]HOST:PORT". nullopt for all else.
std::optional<Proxy> parseProxy(std::string_view url);

} // namespace rootlayer::network

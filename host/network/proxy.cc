#include "network/proxy.hh"

#include <algorithm>
#include <charconv>

#include "base/ip_address.hh"
#include "network/endpoint.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

/// Control bytes are not allowed in credentials (RFC 7617).
std::optional<std::string> percentDecoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = static_cast<unsigned char>(text[i]);
        if (byte == '%') {
            const auto digits = text.substr(i + 1, 2);
            const auto* last = digits.data() + digits.size();
            const auto [end, error] = std::from_chars(digits.data(), last, byte, 16);
            if (error != std::errc() || end != last || digits.size() != 2) return std::nullopt;
            i += 2;
        } else if (byte <= ' ' || byte > '~' ||
                   std::string_view("/?#@[]").find(text[i]) != std::string::npos) {
            return std::nullopt;
        }
        if (byte < ' ' || byte == 0x7f) return std::nullopt;
        decoded += static_cast<char>(byte);
    }
    return decoded;
}

std::optional<std::string> parseCredentials(std::string_view text) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto user = percentDecoded(text.substr(0, colon));
    const auto password = percentDecoded(text.substr(std::min(colon + 1, text.size())));
    if (text.empty() || !user || !password || user->find(':') != std::string::npos) return std::nullopt;
    return *user + ":" + *password;
}

} // namespace

std::optional<Proxy> parseProxy(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    if (url.ends_with('/')) url.remove_suffix(1);
    Proxy proxy;
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        const auto credentials = parseCredentials(url.substr(0, at));
        if (!credentials) return std::nullopt;
        proxy.credentials = *credentials;
        url.remove_prefix(at + 1);
    }
    const auto endpoint = parseEndpoint(url);
    if (!endpoint || endpoint->ports.size() != 1 || url.find(',') != std::string_view::npos)
        return std::nullopt;
    const auto address = IpAddress::parse(endpoint->host);
    const auto host = address ? address->str() : canonicalName(endpoint->host);
    if (!host) return std::nullopt;
    proxy.host = *host;
    proxy.port = endpoint->ports.front();
    return proxy;
}

} // namespace rootlayer::network

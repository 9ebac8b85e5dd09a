#include "network/endpoint.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace rootlayer::network {

namespace {

bool addPorts(Ports& ports, std::string_view list) {
    for (std::size_t at = 0; at <= list.size();) {
        const auto comma = std::min(list.find(',', at), list.size());
        std::uint16_t port = 0;
        const auto* last = list.data() + comma;
        const auto [end, error] = std::from_chars(list.data() + at, last, port);
        if (error != std::errc() || end != last || list[at] == '0') return false;
        ports.push_back(port);
        at = comma + 1;
    }
    std::sort(ports.begin(), ports.end());
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    return true;
}

} // namespace

std::optional<Endpoint> parseEndpoint(std::string_view text) {
    const auto close = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    auto colon = text.find(':');
    Endpoint endpoint{text, {}};
    if (close != std::string_view::npos) {
        if (colon > close) return std::nullopt;
        endpoint.host = text.substr(1, close - 1);
        if (close + 1 == text.size()) return endpoint;
        colon = close + 1;
        if (text[colon] != ':') return std::nullopt;
    } else {
        if (colon == std::string_view::npos || colon != text.rfind(':')) return endpoint;
        endpoint.host = text.substr(0, colon);
    }
    if (!addPorts(endpoint.ports, text.substr(colon + 1))) return std::nullopt;
    return endpoint;
}

} // namespace rootlayer::network

#include "network/network_report.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

#include "base/escape.hh"
#include "base/ip_address.hh"
#include "network/address_floor.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

using Outcome = NetworkConnection::Outcome;

constexpr std::size_t kMaxConnections = 100'000;
constexpr std::size_t kMaxTold = 1000;
constexpr std::size_t kMaxRefused = 10'000;
constexpr std::uint16_t kDns = 53;
constexpr std::size_t kMaxOptions = 10;

/// "example.org:443", "[2001:db8::1]:443", or without a port.
std::string withPort(const std::string& host, std::uint16_t port) {
    if (port == 0) return host;
    const bool isV6 = host.find(':') != std::string::npos;
    return isV6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string allowing(const std::string& host, std::uint16_t port) {
    return "--allow " + withPort(host, port);
}

std::string permitting(const std::string& address, std::uint16_t port) {
    return "--permit " + withPort(address, port);
}

/// The options for a host that no option names: an address that is not public needs --permit alone.
std::string optionFor(const std::string& host, std::uint16_t port) {
    const auto address = IpAddress::parse(host);
    return address && floorReason(*address) ? permitting(host, port) : allowing(host, port);
}

/// The script chose it: what is no name must not look like our own words.
std::string nameInWords(const std::string& name) {
    constexpr std::size_t most = 100;
    return canonicalName(name) ? name : quote(name.substr(0, most));
}

std::string reasonOf(const NetworkConnection& connection) {
    const auto address = IpAddress::parse(connection.address);
    const auto reason = address ? floorReason(*address) : std::nullopt;
    return std::string(reason.value_or("an address that is not public"));
}

} // namespace

NetworkReport::NetworkReport(Warn warn) : m_warn(std::move(warn)) {}

void NetworkReport::tell(const std::string& key, const std::string& text, const std::string& option) {
    if (m_told.size() == kMaxTold || !m_told.insert(key).second) return;
    if (!option.empty() && std::find(m_options.begin(), m_options.end(), option) == m_options.end())
        m_options.push_back(option);
    m_warn(option.empty() ? text : fmt::format("{}; to allow it: {}", text, option));
}

void NetworkReport::refusedInGuest(std::string_view host, std::uint16_t port) {
    const std::string text(host);
    if (!IpAddress::parse(text) && canonicalName(text) != text) return;
    // DNS over TCP: the name is asked for over UDP too.
    if (port == kDns) return;
    const auto what = withPort(text, port);
    if (m_connections.size() < kMaxRefused)
        m_connections.push_back({.host = text, .port = port, .outcome = Outcome::NotAllowed});
    tell(what, fmt::format("the script has no network, and wanted to reach {}", what), optionFor(text, port));
}

void NetworkReport::add(NetworkConnection connection) {
    const auto what = withPort(connection.host, connection.port);
    const auto key = fmt::format("{} {}", what, static_cast<int>(connection.outcome));
    const auto& address = connection.address;
    switch (connection.outcome) {
    case Outcome::NotAllowed:
        tell(key, fmt::format("the script may not reach {}", what),
             optionFor(connection.host, connection.port));
        break;
    case Outcome::Floor:
        tell(key,
             address == connection.host
                 ? fmt::format("the script may not reach {}, {}", what, reasonOf(connection))
                 : fmt::format("the script may not reach {}, which is {}, {}", what, address,
                               reasonOf(connection)),
             permitting(address, connection.port));
        break;
    case Outcome::OwnAddress:
        tell(key,
             fmt::format("the script may not reach {}, which is an address of this host, {}", what, address),
             permitting(address, connection.port));
        break;
    case Outcome::TlsName:
        tell(key + connection.tlsName,
             connection.tlsName.empty()
                 ? fmt::format("the connection to {} was broken: its TLS names no server", what)
                 : fmt::format("the connection to {} was broken: its TLS asks for another server, {}", what,
                               nameInWords(connection.tlsName)),
             "");
        break;
    case Outcome::Limit:
        tell("limit",
             fmt::format("the connection to {} was refused: the limit of --max-connections or "
                         "--max-network-bytes is reached",
                         what),
             "");
        break;
    case Outcome::Failed:
        tell(key, fmt::format("the connection to {} failed: {}", what, connection.message), "");
        break;
    case Outcome::NotFound:
    case Outcome::Done:
    case Outcome::Broken:
        break;
    }
    if (m_connections.size() < kMaxConnections) m_connections.push_back(std::move(connection));
}

std::string NetworkReport::hint() const {
    if (m_options.empty()) return {};
    const auto shown = std::min(m_options.size(), kMaxOptions);
    const std::vector<std::string> options(m_options.begin(),
                                           m_options.begin() + static_cast<std::ptrdiff_t>(shown));
    return fmt::format("{}{}, to let the script reach what it was refused", fmt::join(options, " "),
                       shown < m_options.size() ? " ..." : "");
}

std::vector<std::string> NetworkReport::neededAllows() const {
    std::map<std::string, std::set<std::uint16_t>> ports;
    for (const auto& connection : m_connections) {
        const auto literal = IpAddress::parse(connection.host);
        if (connection.connected &&
            !(literal && floorReason(*literal))) // those need --permit, which is given
            ports[connection.host].insert(connection.port);
    }
    std::vector<std::string> allows;
    for (const auto& [host, used] : ports) {
        const bool isV6 = host.find(':') != std::string::npos;
        allows.push_back(
            fmt::format("{}{}{}:{}", isV6 ? "[" : "", host, isV6 ? "]" : "", fmt::join(used, ",")));
    }
    return allows;
}

} // namespace rootlayer::network

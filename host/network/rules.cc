#include "network/rules.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "network/address_floor.hh"
#include "network/endpoint.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

[[noreturn]] void fail(std::string what, std::string hint) {
    throw Error(ErrorCode::Usage, std::move(what), std::move(hint));
}

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string hint) {
    fail(fmt::format("{} does not take {}", option, quote(text)), std::move(hint));
}

bool has(const Ports& ports, std::uint16_t port) {
    return ports.empty() || std::binary_search(ports.begin(), ports.end(), port);
}

std::string allowHint(std::string_view text) {
    const auto isAscii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (!std::all_of(text.begin(), text.end(), isAscii))
        return "write the name in its ASCII form, such as xn--bcher-kva.example";
    if (text == "*" || text.starts_with("*:")) return "--network public";
    if (text.find('/') != std::string_view::npos)
        return "--allow example.org:443, without a scheme or path; --permit takes ranges of addresses";
    return "--allow example.org:443, --allow '*.example.org' or --allow [2001:db8::1]:80,443";
}

/// More than the guest's tables and the helper take.
void checkAmount(const NetworkOptions& options) {
    constexpr std::size_t most = 50'000;
    for (const auto& [option, values] : {std::pair{"--allow", &options.allow},
                                         {"--permit", &options.permit},
                                         {"--add-host", &options.addHosts}}) {
        if (values->size() > most)
            fail(fmt::format("{} has {} values; the limit is {}", option, values->size(), most),
                 "use patterns such as *.example.org, or --network public");
    }
}

NetworkMode modeOf(const NetworkOptions& options) {
    const bool isOpen = options.mode == NetworkMode::Public || options.mode == NetworkMode::Audit;
    if (isOpen && !options.allow.empty()) {
        fail(fmt::format("--allow {} does not go with --network {}", quote(options.allow.front()),
                         options.mode == NetworkMode::Public ? "public" : "audit"),
             "--network allow");
    }
    if (!options.allowFile.empty() && options.mode != NetworkMode::Audit)
        fail(fmt::format("--network-allow-file {} needs --network audit", quote(options.allowFile)),
             "add --network audit");
    // The others have no effect without a network: a proxy in the environment is there for every run.
    const bool names = !options.allow.empty() || !options.permit.empty();
    return options.mode == NetworkMode::None && names ? NetworkMode::Allow : options.mode;
}

} // namespace

Rules::Rules(const NetworkOptions& options) : m_mode(modeOf(options)) {
    checkAmount(options);
    for (const auto& text : options.allow)
        addAllowed(text);
    for (const auto& text : options.permit)
        addPermitted(text);
    checkAllowedAddresses();
    for (const auto& text : options.addHosts)
        addHost(text);
    for (const auto& text : options.dnsServers)
        addDnsServer(text);
    if (options.upstreamProxy.empty() || m_mode == NetworkMode::None) return;
    m_proxy = parseProxy(options.upstreamProxy);
    // Even a malformed value can have a password.
    if (!m_proxy)
        fail("--upstream-proxy does not take this value, which is not shown because it may have a password",
             "http://proxy.example:3128, or http://USER:PASSWORD@proxy.example:3128 with %40 for @ in the "
             "password");
}

void Rules::addAllowed(const std::string& text) {
    const auto endpoint = parseEndpoint(text);
    if (!endpoint) refuse("--allow", text, allowHint(text));
    if (const auto address = IpAddress::parse(endpoint->host)) {
        m_addresses.push_back({*address, endpoint->ports});
        return;
    }
    const bool isBelow = endpoint->host.starts_with("*.");
    const auto name = canonicalName(endpoint->host.substr(isBelow ? 2 : 0));
    if (!name) refuse("--allow", text, allowHint(text));
    m_names.push_back({*name, isBelow, endpoint->ports});
}

/// An address that is not public would be refused whatever --allow says.
void Rules::checkAllowedAddresses() const {
    for (const auto& rule : m_addresses) {
        const auto reason = floorReason(rule.address);
        const bool permitted =
            std::any_of(m_prefixes.begin(), m_prefixes.end(),
                        [&](const PrefixRule& permit) { return permit.prefix.contains(rule.address); });
        if (!reason || permitted) continue;
        const auto text = rule.address.str();
        fail(fmt::format("--allow {} is {}, which --allow does not open", text, *reason), "--permit " + text);
    }
}

void Rules::addPermitted(const std::string& text) {
    const auto endpoint = parseEndpoint(text);
    const auto prefix = endpoint ? IpPrefix::parse(endpoint->host) : std::nullopt;
    if (!prefix)
        refuse("--permit", text, "--permit 10.0.0.0/8, --permit 10.1.2.3:443 or --permit [fd00::/8]:80,443");
    m_prefixes.push_back({*prefix, endpoint->ports});
}

void Rules::addHost(const std::string& text) {
    constexpr const char* hint = "--add-host db.example:10.1.2.3, with one address for each name";
    const auto colon = std::min(text.find(':'), text.size());
    const auto name = canonicalName(text.substr(0, colon));
    const auto endpoint = parseEndpoint(std::string_view(text).substr(std::min(colon + 1, text.size())));
    const auto address = endpoint ? IpAddress::parse(endpoint->host) : std::nullopt;
    if (!name || !address || !endpoint->ports.empty()) refuse("--add-host", text, hint);
    const auto [host, isNew] = m_hosts.emplace(*name, *address);
    if (!isNew && host->second != *address) refuse("--add-host", text, hint);
}

void Rules::addDnsServer(const std::string& text) {
    const auto endpoint = parseEndpoint(text);
    const auto address = endpoint ? IpAddress::parse(endpoint->host) : std::nullopt;
    if (!address || endpoint->ports.size() > 1 || text.find(',') != std::string::npos)
        refuse("--dns", text, "--dns 192.0.2.53, --dns 192.0.2.53:5353 or --dns [2001:db8::53]:53");
    m_dnsServers.push_back({*address, endpoint->ports.empty() ? std::uint16_t{53} : endpoint->ports.front()});
}

std::optional<Ports> Rules::portsOf(std::string_view name) const {
    const auto wanted = canonicalName(name);
    if (!wanted || m_mode == NetworkMode::None) return std::nullopt;
    if (m_mode != NetworkMode::Allow) return Ports{};
    Ports all;
    for (const auto& rule : m_names) {
        const bool matches = rule.isBelow ? wanted->ends_with("." + rule.name) : *wanted == rule.name;
        if (!matches) continue;
        if (rule.ports.empty()) return Ports{};
        all.insert(all.end(), rule.ports.begin(), rule.ports.end());
    }
    if (all.empty()) return std::nullopt;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

bool Rules::allows(std::string_view name, std::uint16_t port) const {
    const auto ports = portsOf(name);
    return ports && has(*ports, port);
}

bool Rules::permits(const IpAddress& address, std::uint16_t port) const {
    return std::any_of(m_prefixes.begin(), m_prefixes.end(), [&](const PrefixRule& rule) {
        return rule.prefix.contains(address) && has(rule.ports, port);
    });
}

bool Rules::allowsAddress(const IpAddress& address, std::uint16_t port) const {
    if (m_mode != NetworkMode::Allow) return m_mode != NetworkMode::None;
    const bool isGiven = std::any_of(m_addresses.begin(), m_addresses.end(), [&](const AddressRule& rule) {
        return rule.address == address && has(rule.ports, port);
    });
    return isGiven || permits(address, port);
}

std::optional<std::string_view> Rules::refusal(const IpAddress& address, std::uint16_t port) const {
    if (permits(address, port)) return std::nullopt;
    return floorReason(address);
}

std::optional<IpAddress> Rules::addedHost(std::string_view name) const {
    const auto canonical = canonicalName(name);
    const auto host = canonical ? m_hosts.find(*canonical) : m_hosts.end();
    if (host == m_hosts.end()) return std::nullopt;
    return host->second;
}

} // namespace rootlayer::network

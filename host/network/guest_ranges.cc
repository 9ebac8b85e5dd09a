#include "network/guest_ranges.hh"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "network/address_floor.hh"

namespace rootlayer::network {

namespace {

bool contains(const IpPrefix& outer, const IpPrefix& inner) {
    return outer.length <= inner.length && outer.contains(inner.address);
}

bool isInFloor(const IpPrefix& prefix) {
    const auto& floor = floorPrefixes();
    return std::any_of(floor.begin(), floor.end(),
                       [&](const auto& each) { return contains(each.first, prefix); });
}

/// The ports of all rules that have all of a prefix. nullopt: there is none.
class Union final {
  public:
    void add(const Ports& ports) {
        m_any = true;
        m_all = m_all || ports.empty();
        m_ports.insert(ports.begin(), ports.end());
    }
    std::optional<Ports> take() const {
        if (!m_any) return std::nullopt;
        return m_all ? Ports() : Ports(m_ports.begin(), m_ports.end());
    }

  private:
    bool m_any = false;
    bool m_all = false;
    std::set<std::uint16_t> m_ports;
};

/// What --permit and --allow open of a prefix. An address given to --allow counts only if it is public.
std::optional<Ports> openPorts(const Rules& rules, const IpPrefix& prefix) {
    Union open;
    for (const auto& rule : rules.permittedPrefixes()) {
        if (contains(rule.prefix, prefix)) open.add(rule.ports);
    }
    for (const auto& rule : rules.allowedAddresses()) {
        if (contains({rule.address, 128}, prefix) && !floorReason(rule.address)) open.add(rule.ports);
    }
    return open.take();
}

class Ranges final {
  public:
    explicit Ranges(const Rules& rules) : m_rules(rules) {}

    /// Opens what the rules open of a prefix; false: nothing.
    bool open(const IpPrefix& prefix) {
        const auto text = prefix.str();
        const auto ports = openPorts(m_rules, prefix);
        if (ports && m_seen.insert(text).second) m_request.open.push_back({text, *ports});
        return ports.has_value();
    }
    void openAll(const char* prefix) { m_request.open.push_back({prefix, {}}); }
    void close(const IpPrefix& prefix) { m_request.closed.push_back(prefix.str()); }
    protocol::NetworkRequest take() { return std::move(m_request); }

  private:
    const Rules& m_rules;
    std::set<std::string> m_seen;
    protocol::NetworkRequest m_request;
};

} // namespace

protocol::NetworkRequest guestRanges(const Rules& rules) {
    Ranges ranges(rules);
    const auto allIpv4 = IpPrefix::parse("0.0.0.0/0").value();
    if (rules.mode() == NetworkMode::Allow) {
        // The guest keeps IPv4 addresses among those of IPv6; a range of IPv6 does not open them.
        if (!ranges.open(allIpv4)) ranges.close(allIpv4);
    } else {
        ranges.openAll("::/0");
        ranges.openAll("0.0.0.0/0");
        for (const auto& [prefix, reason] : floorPrefixes()) {
            if (!ranges.open(prefix)) ranges.close(prefix);
        }
    }
    for (const auto& rule : rules.permittedPrefixes()) {
        // A range that is open anyway stays open for all ports.
        if (rules.mode() == NetworkMode::Allow || isInFloor(rule.prefix)) ranges.open(rule.prefix);
    }
    for (const auto& rule : rules.allowedAddresses())
        ranges.open({rule.address, 128});
    return ranges.take();
}

} // namespace rootlayer::network

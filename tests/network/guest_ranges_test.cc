#include <catch2/catch.hpp>
#include <cstdint>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "network/guest_ranges.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using protocol::NetworkRequest;
using Strings = std::vector<std::string>;

namespace {

/// "10.0.0.0/8 80,443" for a range that is open for these ports, sorted; then the closed ones with a minus.
Strings shown(const NetworkRequest& request) {
    Strings lines;
    for (const auto& range : request.open)
        lines.push_back(range.ports.empty()
                            ? range.prefix
                            : fmt::format("{} {}", range.prefix, fmt::join(range.ports, ",")));
    std::sort(lines.begin(), lines.end());
    for (const auto& closed : request.closed)
        lines.push_back("-" + closed);
    return lines;
}

Strings rangesOf(const NetworkOptions& options) {
    return shown(guestRanges(Rules(options)));
}

/// What the guest does with the ranges (guest-agent/network/tcp_steering.hh): the longest one decides, of the
/// same one the last, and closed ones come after open ones.
bool opens(const NetworkRequest& request, const IpAddress& address, std::uint16_t port) {
    int longest = -1;
    bool open = false;
    const auto look = [&](const IpPrefix& prefix, bool isOpen) {
        // The trie keeps IPv4 addresses as IPv6: there a range of IPv6 has them too.
        const auto start = IpPrefix{IpAddress::v6(prefix.address.bytes()), prefix.length};
        for (unsigned bit = 0; bit < start.length; ++bit) {
            const auto of = [bit](const IpAddress& each) {
                return each.bytes().at(bit / 8) >> (7 - bit % 8) & 1;
            };
            if (of(start.address) != of(address)) return;
        }
        if (static_cast<int>(start.length) < longest) return;
        longest = static_cast<int>(start.length);
        open = isOpen;
    };
    for (const auto& range : request.open)
        look(IpPrefix::parse(range.prefix).value(),
             range.ports.empty() || std::binary_search(range.ports.begin(), range.ports.end(), port));
    for (const auto& closed : request.closed)
        look(IpPrefix::parse(closed).value(), false);
    return open;
}

/// The targets, "ADDRESS PORT", that the guest and the host do not judge alike.
Strings differences(const NetworkOptions& options) {
    const Rules rules(options);
    const auto request = guestRanges(rules);
    Strings found;
    for (const auto* text : {"0.0.0.1",
                             "1.1.1.1",
                             "8.8.8.8",
                             "10.0.0.1",
                             "10.1.2.3",
                             "10.1.2.4",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.0.0.2",
                             "168.63.129.16",
                             "168.63.129.17",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.32.0.1",
                             "192.0.2.1",
                             "192.168.1.1",
                             "198.18.0.2",
                             "203.0.113.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::2",
                             "::7f00:1",
                             "64:ff9b::7f00:1",
                             "64:ff9b:1::1",
                             "2001::1",
                             "2001:2::1",
                             "2001:20::1",
                             "2001:db8::1",
                             "2001:db9::1",
                             "2002:7f00:1::",
                             "2606:4700::1111",
                             "3fff::1",
                             "4000::1",
                             "fc00::1",
                             "fd00::1",
                             "fd00:1::1",
                             "fe80::1",
                             "ff02::1",
                             "100::1"}) {
        const auto address = IpAddress::parse(text).value();
        for (const std::uint16_t port : {1, 22, 80, 443, 65535}) {
            const bool host = rules.allowsAddress(address, port) && !rules.refusal(address, port);
            if (opens(request, address, port) != host) found.push_back(fmt::format("{} {}", text, port));
        }
    }
    return found;
}

} // namespace

TEST_CASE("with names alone no address is open") {
    CHECK(rangesOf({.allow = {"example.org:443", "*.example.org"}}) == Strings{"-0.0.0.0/0"});
    CHECK(rangesOf({.mode = NetworkMode::Allow}) == Strings{"-0.0.0.0/0"});
}

TEST_CASE("addresses and ranges that were given are open, for their ports") {
    CHECK(rangesOf({.allow = {"1.1.1.1:53,853", "[2606:4700::1111]:443", "9.9.9.9"}}) ==
          Strings{"1.1.1.1/32 53,853", "2606:4700::1111/128 443", "9.9.9.9/32", "-0.0.0.0/0"});
    CHECK(rangesOf({.permit = {"10.0.0.0/8", "[fd00::/8]:80,443", "127.0.0.1:5432"}}) ==
          Strings{"10.0.0.0/8", "127.0.0.1/32 5432", "fd00::/8 80,443", "-0.0.0.0/0"});
}

TEST_CASE("a range is open for the ports of all rules that have all of it") {
    CHECK(rangesOf({.permit = {"10.0.0.0/8:80", "10.1.0.0/16:443", "10.0.0.0/8:22", "10.1.2.3:1"}}) ==
          Strings{"10.0.0.0/8 22,80", "10.1.0.0/16 22,80,443", "10.1.2.3/32 1,22,80,443", "-0.0.0.0/0"});
    CHECK(rangesOf({.permit = {"10.0.0.0/8:80", "10.1.0.0/16"}}) ==
          Strings{"10.0.0.0/8 80", "10.1.0.0/16", "-0.0.0.0/0"});
    CHECK(rangesOf({.allow = {"9.9.9.9:53"}, .permit = {"9.0.0.0/8:80"}}) ==
          Strings{"9.0.0.0/8 80", "9.9.9.9/32 53,80", "-0.0.0.0/0"});
    CHECK(rangesOf({.allow = {"9.9.9.9:53", "9.9.9.9:80"}}) == Strings{"9.9.9.9/32 53,80", "-0.0.0.0/0"});
}

TEST_CASE("an address that is allowed but not public is open as far as it is permitted") {
    CHECK(rangesOf({.allow = {"10.0.0.1"}, .permit = {"10.0.0.0/8:80"}}) ==
          Strings{"10.0.0.0/8 80", "10.0.0.1/32 80", "-0.0.0.0/0"});
}

TEST_CASE("all of IPv6 does not open IPv4") {
    for (const auto* permit : {"::/0", "::/1", "[::/0]:80"}) {
        const auto request = guestRanges(Rules({.permit = {permit}}));
        CHECK(request.closed == Strings{"0.0.0.0/0"});
        CHECK_FALSE(opens(request, IpAddress::parse("127.0.0.1").value(), 80));
        CHECK_FALSE(opens(request, IpAddress::parse("8.8.8.8").value(), 80));
        CHECK(opens(request, IpAddress::parse("::1").value(), 80));
    }
    CHECK(rangesOf({.permit = {"::/0", "0.0.0.0/0:443"}}) == Strings{"0.0.0.0/0 443", "::/0"});
}

TEST_CASE("a public network is open but for the addresses that are not public") {
    const auto lines = rangesOf({.mode = NetworkMode::Public});
    CHECK(std::vector(lines.begin(), lines.begin() + 2) == Strings{"0.0.0.0/0", "::/0"});
    for (const auto* closed : {"-127.0.0.0/8", "-10.0.0.0/8", "-169.254.0.0/16", "-::1/128", "-fc00::/7"})
        CHECK(std::find(lines.begin(), lines.end(), closed) != lines.end());
    CHECK(rangesOf({.mode = NetworkMode::Audit}) == lines);
}

TEST_CASE("what is permitted is open within what is not public") {
    const auto request = guestRanges(
        Rules({.mode = NetworkMode::Public, .permit = {"10.1.0.0/16:443", "fc00::/7", "127.0.0.1:80"}}));
    const auto lines = shown(request);
    CHECK(std::vector(lines.begin(), lines.begin() + 5) ==
          Strings{"0.0.0.0/0", "10.1.0.0/16 443", "127.0.0.1/32 80", "::/0", "fc00::/7"});
    CHECK(std::find(lines.begin(), lines.end(), "-fc00::/7") == lines.end());
    CHECK(std::find(lines.begin(), lines.end(), "-10.0.0.0/8") != lines.end());
}

TEST_CASE("the guest opens exactly what the host connects to") {
    const auto mode = GENERATE(NetworkMode::Allow, NetworkMode::Public);
    for (const auto& permit : std::vector<Strings>{{},
                                                   {"10.0.0.0/8"},
                                                   {"10.0.0.0/8:80", "10.1.0.0/16:443", "10.1.2.3:22"},
                                                   {"127.0.0.1:5432", "127.0.0.0/8:443"},
                                                   {"[::1]:22", "[fd00::/16]:443", "fe80::/10"},
                                                   {"168.63.129.16:80", "168.63.129.16:443"},
                                                   {"::/0"},
                                                   {"0.0.0.0/0"},
                                                   {"64:ff9b::/96", "[::/96]:80", "[2001::/23]:443"},
                                                   {"[fc00::/7]:80", "[fd00::/8]:443", "[fd00::1]:22"},
                                                   {"255.255.255.255", "240.0.0.0/4:1"}}) {
        INFO(fmt::format("{}", fmt::join(permit, " ")));
        CHECK(differences({.mode = mode, .permit = permit}) == Strings{});
    }
    for (const auto& allow : std::vector<Strings>{{"8.8.8.8:443", "1.1.1.1"},
                                                  {"10.0.0.1", "10.0.0.2:22", "[2606:4700::1111]:1,22"}})
        CHECK(differences({.allow = allow, .permit = {"10.0.0.0/8:80", "8.0.0.0/8:22"}}) == Strings{});
}

TEST_CASE("what is permitted closes nothing of a public network") {
    CHECK(differences({.mode = NetworkMode::Public, .permit = {"8.0.0.0/8:443"}}) == Strings{});
    CHECK(differences({.mode = NetworkMode::Public, .permit = {"8.8.8.8:443"}}) == Strings{});
    CHECK(differences({.mode = NetworkMode::Public, .permit = {"[::/0]:443"}}) == Strings{});
    CHECK(differences({.mode = NetworkMode::Public, .permit = {"0.0.0.0/0:443"}}) == Strings{});
    CHECK(differences({.mode = NetworkMode::Public, .permit = {"128.0.0.0/1:443"}}) == Strings{});
}

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "network/address_floor.hh"

using namespace rootlayer;
using namespace rootlayer::network;

namespace {

constexpr std::string_view kPublic = "public";
constexpr std::string_view kEmbedded = "an IPv4 address inside an IPv6 address";

std::string_view reasonOf(const IpAddress& address) {
    return floorReason(address).value_or(kPublic);
}

std::string_view reasonOf(std::string_view text) {
    INFO(text);
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    return reasonOf(*address);
}

IpAddress fromNumber(std::uint32_t number) {
    return IpAddress::v4({static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                          static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

struct Range {
    std::uint32_t first;
    std::uint32_t last;
    std::string_view reason;
};

// All of IPv4, once more, as numbers. Between the ranges all is public.
const std::vector<Range> kRanges{
    {0x00000000, 0x00ffffff, "an unspecified address"},
    {0x0a000000, 0x0affffff, "a private address"},
    {0x64400000, 0x647fffff, "a shared address (carrier-grade NAT)"},
    {0x7f000000, 0x7fffffff, "a loopback address"},
    {0xa83f8110, 0xa83f8110, "a cloud's metadata address"},
    {0xa9fe0000, 0xa9feffff, "a link-local address"},
    {0xac100000, 0xac1fffff, "a private address"},
    {0xc0000000, 0xc00000ff, "a reserved address"},
    {0xc0000200, 0xc00002ff, "a documentation address"},
    {0xc0586300, 0xc05863ff, "a reserved address"},
    {0xc0a80000, 0xc0a8ffff, "a private address"},
    {0xc6120000, 0xc613ffff, "a benchmarking address"},
    {0xc6336400, 0xc63364ff, "a documentation address"},
    {0xcb007100, 0xcb0071ff, "a documentation address"},
    {0xe0000000, 0xefffffff, "a multicast address"},
    {0xf0000000, 0xfffffffe, "a reserved address"},
    {0xffffffff, 0xffffffff, "a broadcast address"},
};

std::string_view expected(std::uint32_t number) {
    for (const auto& range : kRanges)
        if (number >= range.first && number <= range.last) return range.reason;
    return kPublic;
}

void check(std::uint32_t number) {
    if (reasonOf(fromNumber(number)) == expected(number)) return;
    CAPTURE(fromNumber(number).str());
    CHECK(reasonOf(fromNumber(number)) == expected(number));
}

} // namespace

TEST_CASE("the IPv4 addresses that are not public are refused from their first to their last") {
    for (const auto& range : kRanges)
        for (const auto edge : {range.first - 1, range.first, range.last, range.last + 1})
            check(edge);
}

TEST_CASE("no other IPv4 address is refused, and none is forgotten") {
    for (std::uint32_t high = 0; high <= 0xffff; ++high) {
        check(high << 16);
        check(high << 16 | 0xffff);
    }
    // The networks that are smaller than /16.
    for (const std::uint32_t high : {0xc000U, 0xc058U, 0xc633U, 0xcb00U, 0xa83fU})
        for (std::uint32_t low = 0; low <= 0xffff; ++low)
            check(high << 16 | low);
}

TEST_CASE("the addresses that people know are refused for the reason that people know") {
    CHECK(reasonOf("127.0.0.1") == "a loopback address");
    CHECK(reasonOf("0.0.0.0") == "an unspecified address");
    CHECK(reasonOf("169.254.169.254") == "a link-local address");
    CHECK(reasonOf("192.168.1.1") == "a private address");
    CHECK(reasonOf("100.100.100.200") == "a shared address (carrier-grade NAT)");
    CHECK(reasonOf("192.0.0.192") == "a reserved address");
    CHECK(reasonOf("168.63.129.16") == "a cloud's metadata address");
    CHECK(reasonOf("fd00:ec2::254") == "a unique local address");
    CHECK(reasonOf("::1") == "a loopback address");
    CHECK(reasonOf("::") == "an unspecified address");
    CHECK(reasonOf("1.1.1.1") == kPublic);
    CHECK(reasonOf("151.101.2.132") == kPublic);
    CHECK(reasonOf("2606:4700:4700::1111") == kPublic);
    CHECK(reasonOf("2a04:4e42::644") == kPublic);
}

TEST_CASE("an IPv4 address in its IPv6 form is judged as the IPv4 address") {
    CHECK(reasonOf("::ffff:127.0.0.1") == "a loopback address");
    CHECK(reasonOf("::ffff:a00:1") == "a private address");
    CHECK(reasonOf("::ffff:1.1.1.1") == kPublic);
}

TEST_CASE("the IPv6 addresses that are not public are refused from their first to their last") {
    struct Edges {
        std::string_view before, first, last, after, reason;
    };
    for (const auto& [before, first, last, after, reason] : {
             Edges{"fbff:ffff::", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                   "fe00::", "a unique local address"},
             Edges{"fe7f:ffff::", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                   "fec0::", "a link-local address"},
             Edges{"feff:ffff::", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                   "2600::", "a multicast address"},
             Edges{"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                   "2001:db9::", "a documentation address"},
             Edges{"3ffe:ffff::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                   "3fff:1000::", "a documentation address"},
             Edges{"2001:1:ffff::", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff",
                   "2001:2:1::", "a benchmarking address"},
             Edges{"1fff:ffff::", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::", kEmbedded},
             Edges{"2001:ffff::", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", kEmbedded},
             Edges{"64:ff9a::", "64:ff9b::", "64:ff9b::255.255.255.255", "64:ff9b::1:0:0", kEmbedded},
             Edges{"64:ff9b:0:ffff::", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                   "64:ff9b:2::", kEmbedded},
             Edges{"::1", "::2", "::255.255.255.255", "::1:0:0", kEmbedded},
             Edges{"::fffe:ffff:ffff:ffff", "::ffff:0:0:0", "::ffff:0:255.255.255.255", "::ffff:1:0:0",
                   kEmbedded},
         }) {
        CAPTURE(first);
        CHECK(reasonOf(before) != reason);
        CHECK(reasonOf(first) == reason);
        CHECK(reasonOf(last) == reason);
        CHECK(reasonOf(after) != reason);
    }
}

TEST_CASE("IPv6 addresses that are reserved or of no use are refused") {
    std::istringstream reserved(
        "100:: 100::ffff:ffff:ffff:ffff 100:0:0:1:: 2001:1::1 2001:4:112::1 2001:10:: 2001:1f:ffff:: "
        "2001:20:: "
        "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff 2001:1ff:ffff:: 5f00:: 5f00:ffff::1 fec0::1 feff:ffff::1 "
        "fe00::1 "
        "1:: 200:: 1fff:ffff::1 4000:: 7fff:: 8000:: fbff:ffff::1 ::1:0:0 ::fffe:127.0.0.1 64:ff9b:2:: "
        "64:ff9b::1:0:0");
    for (std::string each; reserved >> each;) {
        CHECK(reasonOf(each) == "a reserved address");
    }
    CHECK(reasonOf("2001:200::") == kPublic);
    CHECK(reasonOf("3fff:1000::") == kPublic);
}

TEST_CASE("an IPv4 address inside an IPv6 address is refused, whatever it is") {
    for (const auto* inside : {"127.0.0.1", "10.0.0.1", "1.1.1.1"}) {
        for (const auto* around : {"::", "64:ff9b::", "64:ff9b:1::", "::ffff:0:", "2001::", "2002::",
                                   "2606:4700::5efe:", "2606:4700::200:5efe:"}) {
            CHECK(reasonOf(around + std::string(inside)) == kEmbedded);
        }
    }
    CHECK(reasonOf("2002:7f00:1::1") == kEmbedded);
    CHECK(reasonOf("2002:101:101::1") == kEmbedded);
    // ISATAP below a prefix that has a reason of its own.
    CHECK(reasonOf("fe80::5efe:127.0.0.1") == "a link-local address");
    CHECK(reasonOf("2606:4700::100:5efe:1.1.1.1") == kPublic);
    CHECK(reasonOf("2606:4700::5eff:1.1.1.1") == kPublic);
}

TEST_CASE("outside of 2000::/3 no IPv6 address is public") {
    for (unsigned high = 0; high <= 0xffff; ++high) {
        IpAddress::Bytes bytes{};
        bytes[0] = static_cast<std::uint8_t>(high >> 8);
        bytes[1] = static_cast<std::uint8_t>(high);
        bytes[2] = 0xff;
        bytes[15] = 1;
        const bool isPublic = high >= 0x2000 && high <= 0x3fff && high != 0x2002;
        if (floorReason(IpAddress::v6(bytes)).has_value() == isPublic) FAIL(IpAddress::v6(bytes).str());
    }
}

TEST_CASE("the table alone gives the reason of each address that a prefix can describe") {
    const auto& table = floorPrefixes();
    REQUIRE(table.size() > kRanges.size());
    for (const auto* text :
         {"127.0.0.1", "255.255.255.255", "::1", "::2", "2001:2::1", "8.8.8.8", "2600::1"}) {
        const auto address = IpAddress::parse(text).value();
        const auto row = std::find_if(table.begin(), table.end(),
                                      [&](const auto& each) { return each.first.contains(address); });
        CHECK(reasonOf(address) == (row == table.end() ? kPublic : row->second));
    }
}

TEST_CASE("no row of the table is hidden by an earlier one") {
    const auto& table = floorPrefixes();
    for (auto row = table.begin(); row != table.end(); ++row)
        for (auto earlier = table.begin(); earlier != row; ++earlier) {
            INFO(row->first.str() << " after " << earlier->first.str());
            CHECK_FALSE(
                (earlier->first.length <= row->first.length && earlier->first.contains(row->first.address)));
        }
}

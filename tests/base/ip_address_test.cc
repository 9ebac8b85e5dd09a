#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <netinet/in.h>
#include <sstream>

#include "base/ip_address.hh"

using namespace rootlayer;
using namespace std::string_view_literals;

namespace {

/// The words of a text, apart at blanks.
std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

std::string readAndShown(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address ? address->str() : "none";
}

std::string prefixReadAndShown(std::string_view text) {
    const auto prefix = IpPrefix::parse(text);
    return prefix ? prefix->str() : "none";
}

bool isIn(std::string_view prefix, std::string_view address) {
    return IpPrefix::parse(prefix).value().contains(IpAddress::parse(address).value());
}

} // namespace

TEST_CASE("addresses are read as people write them, and shown in their shortest form") {
    CHECK(readAndShown("192.0.2.1") == "192.0.2.1");
    CHECK(readAndShown("0.0.0.0") == "0.0.0.0");
    CHECK(readAndShown("255.255.255.255") == "255.255.255.255");
    CHECK(readAndShown("::") == "::");
    CHECK(readAndShown("2001:DB8:0:0:0:0:0:1") == "2001:db8::1");
    CHECK(readAndShown("2001:0db8::0001") == "2001:db8::1");
    CHECK(readAndShown("1:2:3:4:5:6:7:8") == "1:2:3:4:5:6:7:8");
    CHECK(readAndShown("1:2:3:4:5:6:7::") == "1:2:3:4:5:6:7:0");
    CHECK(readAndShown("64:ff9b::192.0.2.1") == "64:ff9b::c000:201");
    CHECK(readAndShown("0000:0000:0000:0000:0000:ffff:255.255.255.255") == "255.255.255.255");
}

TEST_CASE("what is not exactly an address is not read") {
    for (const auto& bad :
         words("1 1.2.3 1.2.3.4.5 1.2.3.4. .1.2.3.4 1..2.3 1.2.3.256 01.2.3.4 1.2.3.04 1.2.3.00 0x1.2.3.4 "
               "1.2.3.-4 "
               "1.2.3.+4 4294967295.2.3.4 99999999999999999999.2.3.4 1.2.3.4/8 1.2.3.4:80 localhost "
               "1.2.3.4.in-addr.arpa : ::: 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8:: "
               "1:2:3:4::5:6:7:8 :1:: 1::2: 12345:: 00001:: g:: -1:: [::1] fe80::1%eth0 fe80::1%1 ::1/128 "
               "::1.2.3 "
               "::1.2.3.256 ::01.2.3.4 ::1.2.3.4:5 1.2.3.4:: 1:2:3:4:5:6:7:1.2.3.4 "
               "0000:0000:0000:0000:0000:0000:255.255.255.2555")) {
        INFO(bad);
        CHECK_FALSE(IpAddress::parse(bad));
    }
    for (const auto bad : {""sv, " "sv, " 1.2.3.4"sv, "1.2.3.4 "sv, "1.2.3.4\n"sv, "1.2.3.4\0"sv,
                           "1.2.3\0.4"sv, " ::1"sv, "::1 "sv, "::1\0"sv, "::\0001"sv}) {
        INFO(bad);
        CHECK_FALSE(IpAddress::parse(bad));
    }
}

TEST_CASE("an IPv4 address and its IPv6 form are the same address") {
    const auto address = IpAddress::parse("192.0.2.1").value();
    CHECK(address == IpAddress::v4({192, 0, 2, 1}));
    CHECK(address == IpAddress::parse("::ffff:192.0.2.1"));
    CHECK(address == IpAddress::parse("::FFFF:C000:201"));
    CHECK(address.isV4());
    CHECK(IpAddress::v6(address.bytes()) == address);
    CHECK(address != IpAddress::parse("::192.0.2.1"));
    CHECK_FALSE(IpAddress::parse("::192.0.2.1")->isV4());
    CHECK_FALSE(IpAddress::parse("::fffe:192.0.2.1")->isV4());
    CHECK_FALSE(IpAddress::parse("1::ffff:192.0.2.1")->isV4());
    CHECK(IpAddress() == IpAddress::parse("::"));
    CHECK_FALSE(IpAddress().isV4());
}

TEST_CASE("addresses are sorted as their bytes are") {
    CHECK(IpAddress::parse("9.0.0.1") < IpAddress::parse("10.0.0.0"));
    CHECK(IpAddress::parse("::1") < IpAddress::parse("0.0.0.0"));
    CHECK(IpAddress::parse("255.255.255.255") < IpAddress::parse("1::"));
}

TEST_CASE("an address comes back from a socket address with its port") {
    sockaddr_storage storage{};
    std::memset(&storage, 0xa5, sizeof storage);

    const auto v4 = IpAddress::parse("192.0.2.1").value();
    CHECK(v4.fill(storage, 443) == sizeof(sockaddr_in));
    CHECK(storage.ss_family == AF_INET);
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    CHECK(ntohs(in.sin_port) == 443);
    CHECK(ntohl(in.sin_addr.s_addr) == 0xc0000201);
    CHECK(IpAddress::of(storage) == v4);

    const auto v6 = IpAddress::parse("2001:db8::1").value();
    std::memset(&storage, 0xa5, sizeof storage);
    CHECK(v6.fill(storage, 65535) == sizeof(sockaddr_in6));
    CHECK(storage.ss_family == AF_INET6);
    sockaddr_in6 in6{};
    std::memcpy(&in6, &storage, sizeof in6);
    CHECK(ntohs(in6.sin6_port) == 65535);
    CHECK(in6.sin6_scope_id == 0);
    CHECK(in6.sin6_flowinfo == 0);
    CHECK(IpAddress::of(storage) == v6);
}

TEST_CASE("a socket address in the IPv6 form of IPv4 is the IPv4 address") {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    const auto mapped = IpAddress::parse("::ffff:127.0.0.1").value();
    std::memcpy(&in6.sin6_addr, mapped.bytes().data(), 16);
    sockaddr_storage storage{};
    std::memcpy(&storage, &in6, sizeof in6);
    CHECK(IpAddress::of(storage) == IpAddress::v4({127, 0, 0, 1}));
}

TEST_CASE("a socket address of another family has no IP address") {
    sockaddr_storage storage{};
    CHECK_FALSE(IpAddress::of(storage));
    storage.ss_family = AF_UNIX;
    CHECK_FALSE(IpAddress::of(storage));
}

TEST_CASE("prefixes are read as people write them, and their further bits are cleared") {
    CHECK(prefixReadAndShown("10.0.0.0/8") == "10.0.0.0/8");
    CHECK(prefixReadAndShown("10.1.2.3/8") == "10.0.0.0/8");
    CHECK(prefixReadAndShown("10.1.2.3") == "10.1.2.3/32");
    CHECK(prefixReadAndShown("255.255.255.255/0") == "0.0.0.0/0");
    CHECK(prefixReadAndShown("192.0.2.255/31") == "192.0.2.254/31");
    CHECK(prefixReadAndShown("2001:db8::/32") == "2001:db8::/32");
    CHECK(prefixReadAndShown("2001:db8:ffff::1/33") == "2001:db8:8000::/33");
    CHECK(prefixReadAndShown("2001:db8::1") == "2001:db8::1/128");
    CHECK(prefixReadAndShown("ffff::/0") == "::/0");
    CHECK(IpPrefix::parse("10.0.0.0/8").value().length == 104);
    CHECK(IpPrefix::parse("::ffff:0:0/96") == IpPrefix::parse("0.0.0.0/0"));
    CHECK(IpPrefix::parse("::ffff:10.9.9.9/104") == IpPrefix::parse("10.0.0.0/8"));
    CHECK(prefixReadAndShown("::ffff:10.0.0.0/95") == "::fffe:0:0/95");
}

TEST_CASE("what is not exactly a prefix is not read") {
    auto values = words(
        "/ /8 10.0.0.0/ 10.0.0.0/33 10.0.0.0/08 10.0.0.0/+8 10.0.0.0/-1 10.0.0.0/8/8 10/8 10.0.0.0/255.0.0.0 "
        "::/129 ::/ ::/0x8 [::]/8 [::/8] ::/4294967304 ::/99999999999999999999 10.0.0.0:8 example.org/8");
    for (const auto bad : {""sv, "10.0.0.0/8 "sv, "10.0.0.0/ 8"sv, "10.0.0.0/8\0"sv})
        values.emplace_back(bad);
    for (const auto& bad : values) {
        INFO(bad);
        CHECK_FALSE(IpPrefix::parse(bad));
    }
}

TEST_CASE("a prefix contains the addresses from its first to its last") {
    CHECK_FALSE(isIn("10.0.0.0/8", "9.255.255.255"));
    CHECK(isIn("10.0.0.0/8", "10.0.0.0"));
    CHECK(isIn("10.0.0.0/8", "::ffff:10.255.255.255"));
    CHECK_FALSE(isIn("10.0.0.0/8", "11.0.0.0"));
    CHECK_FALSE(isIn("172.16.0.0/12", "172.15.255.255"));
    CHECK(isIn("172.16.0.0/12", "172.31.255.255"));
    CHECK_FALSE(isIn("172.16.0.0/12", "172.32.0.0"));
    CHECK(isIn("10.1.2.3", "10.1.2.3"));
    CHECK_FALSE(isIn("10.1.2.3", "10.1.2.2"));
    CHECK(isIn("0.0.0.0/0", "255.255.255.255"));
    CHECK_FALSE(isIn("fe80::/10", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    CHECK(isIn("fe80::/10", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    CHECK_FALSE(isIn("fe80::/10", "fec0::"));
    CHECK(isIn("::1", "::1"));
    CHECK_FALSE(isIn("::1", "::"));
}

TEST_CASE("IPv4 addresses are only in prefixes of IPv4") {
    CHECK(isIn("::/0", "::1"));
    CHECK_FALSE(isIn("::/0", "10.0.0.1"));
    CHECK_FALSE(isIn("::/64", "::ffff:10.0.0.1"));
    CHECK_FALSE(isIn("::ffff:0:0/95", "10.0.0.1"));
    CHECK(isIn("::ffff:0:0/96", "10.0.0.1"));
    CHECK_FALSE(isIn("0.0.0.0/0", "::"));
    CHECK_FALSE(isIn("0.0.0.0/0", "::10.0.0.1"));
}

TEST_CASE("each length keeps as many bits as it says") {
    IpAddress::Bytes ones{};
    ones.fill(0xff);
    for (unsigned length = 0; length <= 128; ++length) {
        const IpPrefix prefix{IpAddress::v6(ones), length};
        for (unsigned bit = 0; bit < 128; ++bit) {
            auto other = ones;
            other[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
            if (prefix.contains(IpAddress::v6(other)) != (bit >= length))
                FAIL("bit " << bit << " of /" << length);
        }
    }
}

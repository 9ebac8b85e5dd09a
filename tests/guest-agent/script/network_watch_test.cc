#include <catch2/catch.hpp>

#include "guest-agent/script/network_watch.hh"

using rootlayer::guest::unreachableIn;

namespace {

const std::string kSnmp =
    "Ip: Forwarding DefaultTTL InReceives OutNoRoutes ReasmTimeout\nIp: 2 64 8 3 0\n"
    "Icmp: InMsgs NoPorts\nIcmp: 4 99\n"
    "Udp: InDatagrams NoPorts InErrors\nUdp: 0 4 0\nUdpLite: InDatagrams NoPorts\nUdpLite: 0 50\n";
const std::string kSnmp6 = "Ip6InReceives                   \t1\nIp6OutNoRoutes                  \t20\n"
                           "Udp6NoPorts                     \t100\nUdpLite6NoPorts \t1000\n";

} // namespace

TEST_CASE("failed network connections are counted, for both families") {
    CHECK(unreachableIn(kSnmp, "") == 7);
    CHECK(unreachableIn("", kSnmp6) == 120);
    CHECK(unreachableIn(kSnmp, kSnmp6) == 127);
}

TEST_CASE("missing counters count as 0") {
    CHECK(unreachableIn("", "") == 0);
    CHECK(unreachableIn("Ip: Forwarding\n", "Ip6OutNoRoutes\n") == 0);
    CHECK(unreachableIn("Ip: OutNoRoutes\nIp: x\n", "Ip6OutNoRoutes \tx\n") == 0);
}

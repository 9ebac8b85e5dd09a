#include <catch2/catch.hpp>

#include "guest-agent/network/name_table.hh"

using namespace rootlayer;
using rootlayer::guest::NameTable;

TEST_CASE("names get addresses in the order in which they are asked for, and keep them") {
    NameTable names;
    const auto first = names.add("one.test");
    const auto second = names.add("two.test");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->v4.str() == "198.18.0.2");
    CHECK(first->v6.str() == "2001:2::2");
    CHECK(second->v4.str() == "198.18.0.3");
    CHECK(names.add("one.test")->v4 == first->v4);
    CHECK(names.find("two.test")->v6 == second->v6);
    CHECK_FALSE(names.find("three.test"));
}

TEST_CASE("an address says its name, and no other address does") {
    NameTable names;
    for (int i = 0; i < 70'000; ++i)
        names.add(std::to_string(i) + ".test");
    const auto nameAt = [&](const char* address) {
        const auto* const name = names.nameOf(IpAddress::parse(address).value());
        return name == nullptr ? std::string("-") : *name;
    };
    CHECK(nameAt("198.18.0.2") == "0.test");
    CHECK(nameAt("198.18.1.0") == "254.test");
    CHECK(nameAt("198.19.0.1") == "65535.test");
    CHECK(nameAt("2001:2::1:1") == "65535.test");
    for (const char* other : {"198.18.0.0", "198.18.0.1", "198.19.0.2", "198.17.0.2", "198.20.0.2", "1.2.0.2",
                              "2001:2::1", "2001:2::1:2", "2001:2:0:1::2", "::2", "fe80::2", "0.0.0.2"}) {
        INFO(other);
        CHECK(nameAt(other) == "-");
    }
    CHECK_FALSE(names.add("one.more"));
    CHECK(names.add("0.test"));
}

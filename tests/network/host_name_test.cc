#include <catch2/catch.hpp>
#include <iterator>
#include <sstream>
#include <vector>

#include "network/host_name.hh"

using namespace rootlayer::network;
using namespace std::string_view_literals;

namespace {

/// The words of a text, apart at blanks.
std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

std::string label(std::size_t size) {
    return std::string(size, 'a');
}

/// A name with as many bytes, 250 or more.
std::string longName(std::size_t size) {
    const auto labels = label(63) + "." + label(63) + "." + label(63) + ".";
    return labels + label(size - labels.size());
}

} // namespace

TEST_CASE("a host name is the same in capitals and with a dot at its end") {
    CHECK(canonicalName("example.org") == "example.org");
    CHECK(canonicalName("EXAMPLE.Org.") == "example.org");
    CHECK(canonicalName("localhost") == "localhost");
    CHECK(canonicalName("a-b.c_d.x--y") == "a-b.c_d.x--y");
    CHECK(canonicalName("_dmarc.example.org") == "_dmarc.example.org");
    CHECK(canonicalName("xn--bcher-KVA.example") == "xn--bcher-kva.example");
    CHECK(canonicalName("1.example") == "1.example");
    CHECK(canonicalName("3com") == "3com");
    CHECK(canonicalName("azAZ09.az") == "azaz09.az");
}

TEST_CASE("what is not a host name is not taken for one") {
    auto values = words(". .. .example.org example..org example.org.. -a.example a-.example example.- * "
                        "*.example.org a/b a:80 "
                        "[::1] ::1 user@example.org caf\xc3\xa9.example a\xff a,b a%62 a@ a` a{ a[");
    for (const auto bad : {""sv, "a b"sv, " a"sv, "a "sv, "a\n"sv, "a\0"sv, "a\0.example"sv})
        values.emplace_back(bad);
    for (const auto& bad : values) {
        INFO(bad);
        CHECK_FALSE(canonicalName(bad));
    }
}

TEST_CASE("what a resolver takes for an address is not a host name") {
    for (const auto& bad :
         words("127.0.0.1 127.1 1 2130706433 1.2.3.4.5 0177.1 127.0.0.1. 0x7f.1 0x7f000001 0X7F000001 "
               "127.0x1 example.0x example.123")) {
        INFO(bad);
        CHECK_FALSE(canonicalName(bad));
    }
    CHECK(canonicalName("0xg") == "0xg");
    CHECK(canonicalName("0x7f.example") == "0x7f.example");
    CHECK(canonicalName("127.0.0.1.example") == "127.0.0.1.example");
}

TEST_CASE("labels have at most 63 bytes, and names 253") {
    CHECK(canonicalName(label(63)));
    CHECK_FALSE(canonicalName(label(64)));
    CHECK(canonicalName(label(63) + ".example"));
    CHECK_FALSE(canonicalName("example." + label(64)));
    CHECK(canonicalName(longName(253)));
    CHECK(canonicalName(longName(253) + "."));
    CHECK_FALSE(canonicalName(longName(254)));
    CHECK_FALSE(canonicalName(longName(253) + ".."));
}

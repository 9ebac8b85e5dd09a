#include <catch2/catch.hpp>
#include <cstdint>

#include "protocol/stream_messages.hh"

using namespace rootlayer::protocol;
using namespace std::string_literals;
using Verdict = NameAnswer::Verdict;

namespace {

std::string targetOf(std::string_view text) {
    const auto target = decodeTcpTarget(text);
    return target ? std::to_string(target->port) + "|" + target->host : "none";
}

} // namespace

TEST_CASE("the bytes of an answer about a name are pinned") {
    CHECK(encode(NameAnswer{Verdict::Allowed}) == "\x01");
    CHECK(encode(NameAnswer{Verdict::Refused}) == "\x02");
    CHECK(encode(NameAnswer{Verdict::NotFound}) == "\x03");
    CHECK(encode(NameAnswer{Verdict::Failed}) == "\x04");
    CHECK(encode(NameAnswer{Verdict::Allowed, {443, 80, 65535}}) == "\x01\xbb\x01\x50\x00\xff\xff"s);
}

TEST_CASE("an answer about a name arrives as it was sent") {
    for (const auto verdict : {Verdict::Allowed, Verdict::Refused, Verdict::NotFound, Verdict::Failed}) {
        for (const auto& ports : {std::vector<std::uint16_t>{},
                                  {22},
                                  {1, 255, 256, 65535},
                                  std::vector<std::uint16_t>(1000, 443)}) {
            const auto answer = decodeNameAnswer(encode(NameAnswer{verdict, ports}));
            REQUIRE(answer);
            CHECK(answer->verdict == verdict);
            CHECK(answer->ports == ports);
        }
    }
}

TEST_CASE("what is not an answer about a name is not taken for one") {
    for (const auto& bytes : {""s, "\0"s, "\x05"s, "\xff"s, "\x01\x50"s, "\x01\x50\x00\xbb"s, "\x00\x50\x00"s,
                              "Allowed"s, std::string(2000, '\x01')})
        CHECK_FALSE(decodeNameAnswer(bytes));
    for (unsigned byte = 0; byte < 256; ++byte)
        CHECK(decodeNameAnswer(std::string(1, static_cast<char>(byte))).has_value() ==
              (byte >= 1 && byte <= 4));
}

TEST_CASE("the text of a connection's target is pinned") {
    CHECK(encode(TcpTarget{"example.org", 443}) == "443 example.org");
    CHECK(encode(TcpTarget{"2001:db8::1", 1}) == "1 2001:db8::1");
    CHECK(targetOf("443 example.org") == "443|example.org");
    CHECK(targetOf("65535 2001:db8::1") == "65535|2001:db8::1");
}

TEST_CASE("the host of a target may be any bytes, and is what follows the first blank") {
    CHECK(targetOf("1 ") == "1|");
    CHECK(targetOf("80  a") == "80| a");
    CHECK(targetOf("80 a b") == "80|a b");
    CHECK(targetOf("80 a\0b\n\xff"s) == "80|a\0b\n\xff"s);
    CHECK(targetOf("80 " + std::string(100'000, 'a')) == "80|" + std::string(100'000, 'a'));
}

TEST_CASE("a target without a port is not taken for one") {
    for (const auto& text : {""s,       " "s,     "80"s,    "a"s,      "80:a"s,    "80\ta"s,
                             " 80 a"s,  "0 a"s,   "080 a"s, "00 a"s,   "65536 a"s, "99999999999999999999 a"s,
                             "-1 a"s,   "+80 a"s, "8.0 a"s, "0x50 a"s, "80a b"s,   "a 80"s,
                             "80\0 a"s, "\xff"s}) {
        INFO(text);
        CHECK(targetOf(text) == "none");
    }
    CHECK(targetOf({}) == "none");
}

TEST_CASE("each port has one text") {
    for (unsigned port = 1; port <= 65535; ++port) {
        const auto text = encode(TcpTarget{"a", static_cast<std::uint16_t>(port)});
        const auto target = decodeTcpTarget(text);
        if (!target || target->port != port || target->host != "a") FAIL(port);
    }
}

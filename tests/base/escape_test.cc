#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/escape.hh"

using namespace rootlayer;

TEST_CASE("names are shown so that people can read them and terminals obey nothing", "[B16][A8]") {
    CHECK(quote("plain name") == "\"plain name\"");
    CHECK(quote("a\nb\t\"c\"\\") == R"("a\nb\t\"c\"\\")");
    CHECK(quote("\x1b[2J\x7f") == R"("\x1b[2J\x7f")");
    CHECK(quote("caf\xc3\xa9") == "\"caf\xc3\xa9\"");
    CHECK(quote("\xff\xc3") == R"("\xff\xc3")");
    CHECK(quote("\xc2\x9b") == R"("\xc2\x9b")");                 // C1: CSI in one character
    CHECK(quote("\xe2\x80\xae") == R"("\xe2\x80\xae")");         // right-to-left override
    CHECK(quote("\xd8\x9c") == R"("\xd8\x9c")");                 // Arabic letter mark
    CHECK(quote("\xe2\x81\xa0") == R"("\xe2\x81\xa0")");         // word joiner
    CHECK(quote("\xf3\xa0\x81\x81") == R"("\xf3\xa0\x81\x81")"); // a tag, which is not seen
    CHECK(quote("\xed\xa0\x80") == R"("\xed\xa0\x80")");         // a surrogate
    CHECK(quote("\xc0\xaf") == R"("\xc0\xaf")");                 // overlong
    CHECK(escaped("say \"hi\"\n") == R"(say "hi"\n)");
}

TEST_CASE("all 256 bytes cross the wire and come back") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    CHECK(fromWire(toWire(all)) == all);
    CHECK(toWire("ascii") == "ascii");
}

TEST_CASE("text that is no string of bytes is refused from the wire", "[A8]") {
    CHECK_THROWS_AS(fromWire("\xe2\x82\xac"), Error);
    CHECK_THROWS_AS(fromWire("\xc3"), Error);
    CHECK_THROWS_AS(fromWire("\x80"), Error);
}

TEST_CASE("an escaped text that is cut says so, and no escape or letter is cut in two", "[A8]") {
    CHECK(escapedStart("short", 100) == "short");
    CHECK(escapedStart("12345678", 8) == "12345678");
    CHECK(escapedStart("123456789", 8) == "12345...");
    CHECK(escapedStart("123\x01\x02", 8) == "123...");
    CHECK(escapedStart("1234\u00e9\u00e9", 8) == "1234\u00e9\u00e9");
    CHECK(escapedStart("1234\u00e9\u00e9\u00e9", 8) == "1234...");
    for (std::size_t most = 0; most < 30; ++most)
        CHECK(escapedStart("a\x1b\n\u00e9\\b\xff\u00e9 more and more", most).size() <= most);
}

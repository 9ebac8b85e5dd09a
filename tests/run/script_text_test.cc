#include <catch2/catch.hpp>
#include <cstdint>

#include "run/script_text.hh"

using rootlayer::run::placeInScript;
using rootlayer::run::textHint;

TEST_CASE("a place in a script is a line and its text") {
    CHECK(placeInScript("#!/bin/sh\n  ls /nope  \n", 2) == " at line 2: ls /nope");
    CHECK(placeInScript("ls /nope", 1) == " at line 1: ls /nope");
    CHECK(placeInScript("echo \x1b[2J\n", 1) == " at line 1: echo \\x1b[2J");
    CHECK(placeInScript("echo " + std::string(500, 'x'), 1).size() < 200);
}

TEST_CASE("blank lines and comments after a command are not part of it") {
    CHECK(placeInScript("false\n\n  # the end\n\n", 4) == " at line 1: false");
    CHECK(placeInScript("# nothing\n", 1).empty());
}

TEST_CASE("a command of several lines is at its first one") {
    CHECK(placeInScript("true\napt-get install \\\n  one \\\n  two\n", 4) ==
          " at line 2: apt-get install ...");
    CHECK(placeInScript("sed 's/\\./x/'", 1) == " at line 1: sed 's/\\./x/'");
}

TEST_CASE("the end of a block gives only the line of that end") {
    for (const auto* end : {"fi", "done <list", "esac", "}", ") | cat", "done; true"})
        CHECK(placeInScript(std::string("if true; then\n  false\n") + end + "\n", 3) ==
              " in the block that ends at line 3");
    CHECK(placeInScript("find /\n", 1) == " at line 1: find /");
}

TEST_CASE("a line that the script does not have gives no place", "[A8]") {
    CHECK(placeInScript("true\n", 0).empty());
    CHECK(placeInScript("true\n", 2).empty());
    CHECK(placeInScript("", 1).empty());
    CHECK(placeInScript("true\n", ~std::uint64_t{0}).empty());
}

TEST_CASE("a text that no shell can read gives a hint") {
    CHECK(textHint(std::string("\xff\xfe#\0!\0", 6)).find("UTF-16") != std::string::npos);
    CHECK(textHint("\xef\xbb\xbf#!/bin/sh\n").find("byte order mark") != std::string::npos);
    CHECK(textHint("#!/bin/sh\r\ntrue\r\n").find("CR LF") != std::string::npos);
    CHECK(textHint("#!/bin/sh\ntrue\n").empty());
    CHECK(textHint("").empty());
}

#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/units.hh"

using namespace rootlayer;
using namespace std::chrono_literals;

TEST_CASE("sizes are read as people write them") {
    CHECK(parseSize("4096", "--x") == 4096);
    CHECK(parseSize("512M", "--x") == 512ULL << 20);
    CHECK(parseSize("2g", "--x") == 2ULL << 30);
    CHECK(parseSize("1.5GiB", "--x") == 3ULL << 29);
    CHECK(parseSize("1KB", "--x") == 1024);
    CHECK(parseSize("9007199254740993", "--x") == 9007199254740993); // 2^53 + 1
    for (const char* bad :
         {"", "M", "-1", "1X", "1MM", "1 M", "nan", "inf", "1e300", "0x10", "1e3", "-0", "."}) {
        INFO(bad);
        CHECK_THROWS_WITH(parseSize(bad, "--memory"), Catch::Contains("--memory"));
    }
}

TEST_CASE("durations are read as people write them") {
    CHECK(parseDuration("90", "--x") == 90s);
    CHECK(parseDuration("1h30m", "--x") == 90min);
    CHECK(parseDuration("250ms", "--x") == 250ms);
    CHECK(parseDuration("1.5s", "--x") == 1500ms);
    CHECK(parseDuration("1.001s", "--x") == 1001ms);
    for (const char* bad : {"", "s", "-1s", "1y", "5 m", "1e99", "1e3s", "-0", "1.5.5"}) {
        INFO(bad);
        CHECK_THROWS_AS(parseDuration(bad, "--timeout"), Error);
    }
}

TEST_CASE("whole numbers stay in their bounds") {
    CHECK(parseInteger("-5", "--x", -5, 5) == -5);
    for (const char* bad : {"", "6", "5x", "1.0", "99999999999999999999"}) {
        INFO(bad);
        CHECK_THROWS_AS(parseInteger(bad, "--x", -5, 5), Error);
    }
}

TEST_CASE("sizes are shown in the largest unit that fits") {
    CHECK(humanSize(0) == "0 B");
    CHECK(humanSize(1023) == "1023 B");
    CHECK(humanSize(1536) == "1.5 KiB");
    CHECK(humanSize((1ULL << 20) - 1) == "1.0 MiB");
    CHECK(humanSize(3ULL << 30) == "3.0 GiB");
}

TEST_CASE("durations are shown in the units that people would use") {
    CHECK(humanDuration(250ms) == "250 ms");
    CHECK(humanDuration(1500ms) == "1.5 s");
    CHECK(humanDuration(90s) == "90 s");
    CHECK(humanDuration(150s) == "2 min 30 s");
    CHECK(humanDuration(5min) == "5 min");
    CHECK(humanDuration(65min) == "1 h 5 min");
    CHECK(humanDuration(2h) == "2 h");
}

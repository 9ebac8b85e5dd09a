#include <catch2/catch.hpp>
#include <cstdint>

#include "guest-agent/base/run_times.hh"
#include "guest-agent/script/run_clock.hh"

using namespace rootlayer::guest;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// A reading at this time, in seconds, after the machine's start, while the clock shows `real`.
Moment at(std::int64_t seconds, std::int64_t real) {
    return {seconds * kSecond, real * kSecond, seconds * kSecond};
}

} // namespace

TEST_CASE("the run's times go from its begin to its end, and two seconds further for archives that round",
          "[T5]") {
    RunTimes times(at(10, 1000));
    times.add(at(60, 1050));
    CHECK_FALSE(times.hold(997));
    CHECK(times.hold(998));
    CHECK(times.hold(1052));
    CHECK_FALSE(times.hold(1053));
}

TEST_CASE("a run may be in 1970, or after 2106", "[T5]") {
    for (const std::int64_t begin : {std::int64_t{1}, std::int64_t{4'300'000'000}}) {
        RunTimes times(at(10, begin));
        times.add(at(15, begin + 5));
        CHECK(times.hold(begin + 5));
        CHECK_FALSE(times.hold(begin + 8));
        CHECK_FALSE(times.hold(begin - 3));
    }
}

TEST_CASE("a clock that the script sets starts another span and keeps the previous one", "[T5]") {
    RunTimes times(at(10, 1000));
    times.add(at(20, 1010));
    times.add(at(30, 500)); // set some time after second 20
    times.add(at(40, 510));
    times.add(at(50, 9000));
    for (const std::int64_t held : {1000, 1010, 1020, 500, 510, 520, 9000})
        CHECK(times.hold(held));
    for (const std::int64_t free : {997, 1023, 497, 523, 8997, 9003, 700})
        CHECK_FALSE(times.hold(free));
}

TEST_CASE("a clock that is set back and forth has two spans", "[T5]") {
    RunTimes times(at(0, 1000));
    for (int round = 0; round < 5000; ++round)
        times.add(at(round, round % 2 == 0 ? 5000 : 1000));
    CHECK(times.hold(1000));
    CHECK(times.hold(5000));
    CHECK_FALSE(times.hold(3000));
}

TEST_CASE("a delay of the reader is not mistaken for a set clock", "[T5]") {
    RunTimes times({0, 1000 * kSecond, 30 * kSecond});
    times.add({40 * kSecond, 1060 * kSecond, 61 * kSecond});
    CHECK(times.hold(1030));
    CHECK_FALSE(times.hold(1063));
}

TEST_CASE("a clock that is set very often uses no more memory and adds no other times", "[T5]") {
    RunTimes times(at(0, 1000));
    for (int round = 1; round < 5000; ++round)
        times.add(at(round, 1'000'000 + 1000LL * round));
    CHECK(times.hold(1000));
    CHECK(times.hold(1'000'000 + 1000LL * 4999));
    CHECK_FALSE(times.hold(1'000'000 + 1000LL * 4999 + 500));
}

TEST_CASE("the run's clock is this machine's") {
    RunClock clock;
    clock.look();
    CHECK(clock.times().hold(::time(nullptr)));
    CHECK_FALSE(clock.times().hold(::time(nullptr) + 3600));
}

#include <catch2/catch.hpp>

#include <rootlayer/cancel.hh>
#include <rootlayer/error.hh>

#include "base/deadline.hh"
#include "base/stream.hh"

using namespace rootlayer;
using namespace std::chrono_literals;

TEST_CASE("copying moves every byte and counts them") {
    const std::string bytes(1'000'003, 'x');
    StringSource from(bytes);
    StringSink to;
    CHECK(copy(from, to) == bytes.size());
    CHECK(to.bytes() == bytes);
}

TEST_CASE("reading all stops at the limit and names what was too large") {
    StringSource fits("12345");
    CHECK(readAll(fits, 5, "it") == "12345");
    StringSource large("123456");
    CHECK_THROWS_WITH(readAll(large, 5, "the manifest"), Catch::Contains("the manifest"));
}

TEST_CASE("a deadline knows what is left of it") {
    CHECK(Deadline::never().pollTimeout() == -1);
    CHECK_FALSE(Deadline::never().expired());
    CHECK(Deadline::after(0ms).expired());
    CHECK(Deadline::after(0ms).pollTimeout() == 0);
    CHECK(Deadline::after(1h).pollTimeout() > 3'500'000);
    CHECK(Deadline::never().sooner(Deadline::after(0ms)).expired());
    CHECK(Deadline::after(0ms).sooner(Deadline::after(1h)).expired());
}

TEST_CASE("copies of a token are the same token") {
    const CancelToken token;
    const CancelToken copyOfIt =
        token; // NOLINT(performance-unnecessary-copy-initialization): that is the test
    CHECK_NOTHROW(copyOfIt.check());
    token.cancel();
    CHECK(copyOfIt.cancelled());
    CHECK_THROWS_AS(copyOfIt.check(), Error);
}

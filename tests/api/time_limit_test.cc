#include <catch2/catch.hpp>

#include <poll.h>
#include <thread>

#include <rootlayer/error.hh>

#include "api/time_limit.hh"

using namespace rootlayer;
using namespace std::chrono_literals;

namespace {

void waitFor(const CancelToken& token) {
    pollfd cancelled{token.pollFd(), POLLIN, 0};
    ::poll(&cancelled, 1, 60'000);
    token.check();
}

Error failureOf(std::chrono::milliseconds limit, const CancelToken& cancel,
                const std::function<void(const CancelToken&)>& act) {
    try {
        api::withinTime(limit, cancel, act);
    } catch (const Error& error) {
        return error;
    }
    FAIL("it went through");
    return Error(ErrorCode::Internal, "");
}

} // namespace

TEST_CASE("work that takes longer than the deadline is cancelled, and the error is a timeout", "[A8]") {
    const auto error = failureOf(10ms, {}, waitFor);
    CHECK(error.code() == ErrorCode::Timeout);
    CHECK_THAT(error.what(), Catch::Contains("10 ms"));
    CHECK_THAT(error.hint(), Catch::Contains("--deadline"));
}

TEST_CASE("the caller's cancellation stays one, with a deadline and without") {
    for (const auto limit : {0ms, 60'000ms}) {
        const CancelToken caller;
        caller.cancel();
        CHECK(failureOf(limit, caller, waitFor).code() == ErrorCode::Cancelled);
    }
}

TEST_CASE("other failures are not the deadline's, even after it has passed") {
    const auto error = failureOf(1ms, {}, [](const CancelToken& token) {
        while (!token.cancelled())
            std::this_thread::yield();
        throw Error(ErrorCode::Image, "the base is damaged");
    });
    CHECK(error.code() == ErrorCode::Image);
}

TEST_CASE("work that ends in time is not disturbed") {
    bool done = false;
    api::withinTime(60s, {}, [&](const CancelToken& token) { done = !token.cancelled(); });
    CHECK(done);
    api::withinTime(0ms, {}, [&](const CancelToken&) { done = false; });
    CHECK_FALSE(done);
}

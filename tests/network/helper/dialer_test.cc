#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>

#include "network/helper/dialer.hh"
#include "tests/network/helper/local_server.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using test::DeadPort;
using test::LocalServer;
using State = Dialer::State;

namespace {

std::vector<IpAddress> addresses(std::initializer_list<const char*> texts) {
    std::vector<IpAddress> all;
    for (const auto* text : texts)
        all.push_back(IpAddress::parse(text).value());
    return all;
}

/// Until it is connected, or has failed.
State outcomeOf(Dialer& dialer) {
    const auto limit = Deadline::after(std::chrono::seconds(30));
    while (dialer.state() == State::Connecting && !limit.expired()) {
        pollfd ready{dialer.fd(), POLLOUT, 0};
        ::poll(&ready, 1, dialer.deadline().sooner(limit).pollTimeout());
        const auto state = dialer.move();
        CHECK(state == dialer.state());
    }
    CHECK(dialer.fd() == -1);
    return dialer.state();
}

} // namespace

TEST_CASE("an address that answers is connected to") {
    LocalServer server;
    Dialer dialer(addresses({"127.0.0.1"}), server.port());
    REQUIRE(outcomeOf(dialer) == State::Connected);
    CHECK(dialer.address().str() == "127.0.0.1");
    const auto socket = dialer.take();
    REQUIRE(socket);
    REQUIRE(::send(socket.get(), "hello", 5, 0) == 5);
    test::Stage({&server}).until(
        [&] { return !server.clients.empty() && server.clients[0].received == "hello"; });
    CHECK(dialer.move() == State::Connected);
}

TEST_CASE("if the first address refuses, the second has its turn") {
    LocalServer server;
    // At ::1 nobody listens, or there is no IPv6.
    Dialer dialer(addresses({"::1", "::1", "127.0.0.1", "::1"}), server.port());
    REQUIRE(outcomeOf(dialer) == State::Connected);
    CHECK(dialer.address().str() == "127.0.0.1");
    CHECK(dialer.take());
}

TEST_CASE("an address that cannot even be tried is passed over") {
    LocalServer server;
    Dialer dialer(addresses({"224.0.0.1", "127.0.0.1"}), server.port());
    REQUIRE(outcomeOf(dialer) == State::Connected);
    CHECK(dialer.address().str() == "127.0.0.1");
    Dialer only(addresses({"224.0.0.1"}), server.port());
    CHECK(outcomeOf(only) == State::Failed);
    CHECK_THAT(only.failure(), Catch::StartsWith("224.0.0.1: "));
}

TEST_CASE("if all addresses refuse, it is known what the last one said") {
    const DeadPort dead;
    Dialer dialer(addresses({"::1", "127.0.0.1"}), dead.port);
    CHECK(outcomeOf(dialer) == State::Failed);
    CHECK(dialer.failure() == "127.0.0.1: Connection refused");
    CHECK(dialer.address().str() == "127.0.0.1");
    CHECK(dialer.move() == State::Failed);
}

TEST_CASE("an address that says nothing does not keep the next one waiting for ever") {
    const DeadPort dead;
    Dialer last(addresses({"127.0.0.1"}), dead.port);
    CHECK(last.deadline().pollTimeout() > 0);
    Dialer first(addresses({"127.0.0.1", "127.0.0.1"}), dead.port);
    CHECK(first.deadline().pollTimeout() < last.deadline().pollTimeout());
    CHECK(outcomeOf(first) == State::Failed);
    CHECK(outcomeOf(last) == State::Failed);
}

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "protocol/control.hh"
#include "protocol/hints.hh"
#include "session/session.hh"
#include "tests/support/fake_machine.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;
using namespace std::chrono_literals;

namespace {

const std::string kLayer(3'000'000, 'L');

guest::Steps obligingSteps() {
    guest::Steps steps;
    steps.assemble = [](const AssembleRequest&, guest::HostLink&) {};
    steps.run = [](const RunRequest&, guest::HostLink& link) {
        link.data(Stream::Stdout, "out");
        link.data(Stream::Stderr, "err");
        link.warn("mind the gap");
        return RunReply{RunReply::How::Exited, 7, "", 1, 2, 3, 0};
    };
    steps.pack = [](const PackRequest&, Sink& sink, guest::HostLink&) {
        sink.write(kLayer);
        return PackEnd{kLayer.size(), 5};
    };
    return steps;
}

struct Pair {
    explicit Pair(guest::Steps steps)
        : machine(std::move(steps)), connection(machine.takePort(protocol::kPortName), "the guest") {}
    test::FakeMachine machine;
    test::Recorder recorder;
    Connection connection;
    session::Session session{connection, recorder, {5s, 5s, 5s, 5s}};
};

} // namespace

TEST_CASE("a complete conversation delivers output, status and layer") {
    Pair pair(obligingSteps());
    CHECK(pair.session.hello().kernel == "0.0.0-fake");
    pair.session.assemble({});
    const auto reply = pair.session.run({});
    CHECK(reply.value == 7);
    CHECK(pair.recorder.out == "out");
    CHECK(pair.recorder.err == "err");
    CHECK(pair.session.warnings() == std::vector<std::string>{"guest: mind the gap"});
    StringSink layer;
    const auto end = pair.session.pack({}, layer);
    CHECK(end.entries == 5);
    CHECK(layer.bytes() == kLayer);
}

TEST_CASE("ranges of the scratch disk are read in order with what the guest sends") {
    auto steps = obligingSteps();
    steps.pack = [](const PackRequest& request, Sink& sink, guest::HostLink& link) {
        CHECK(request.ranges);
        sink.write("head ");
        link.range({4096, 6});
        sink.write(" and ");
        link.range({0, 3});
        return PackEnd{5 + 6 + 5 + 3, 1};
    };
    Pair pair(steps);
    pair.session.hello();
    pair.session.assemble({});
    pair.session.run({});
    PackRequest request;
    request.ranges = true;
    StringSink layer;
    pair.session.pack(request, layer, [](const Range& range, Sink& to) {
        to.write(fmt::format("{:>{}}", range.offset, range.size));
    });
    CHECK(layer.bytes() == "head   4096 and   0");
}

TEST_CASE("a failure in the guest is the same error on the host, and says where it was") {
    auto steps = obligingSteps();
    steps.assemble = [](const AssembleRequest&, guest::HostLink&) {
        throw Error(ErrorCode::Resource, "no space for the overlay", protocol::kHintMemory);
    };
    Pair pair(std::move(steps));
    pair.session.hello();
    try {
        pair.session.assemble({});
        FAIL("it went through");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Resource);
        CHECK(std::string(error.what()) == "guest: no space for the overlay");
        CHECK(error.hint() == protocol::kHintMemory);
    }
}

TEST_CASE("a machine that was woken says its hello again, and then serves a run") {
    Pair pair(obligingSteps());
    CHECK(pair.session.hello().kernel == "0.0.0-fake");
    CHECK(pair.session.wake().kernel == "0.0.0-fake");
    pair.session.assemble({});
    CHECK(pair.session.run({}).value == 7);
}

TEST_CASE("a machine in the middle of a run cannot be woken") {
    Pair pair(obligingSteps());
    pair.session.hello();
    pair.session.assemble({});
    CHECK_THROWS_WITH(pair.session.wake(), Catch::Contains("wake"));
}

TEST_CASE("requests out of order are refused by the agent") {
    Pair pair(obligingSteps());
    pair.session.hello();
    CHECK_THROWS_WITH(pair.session.run({}), Catch::Contains("guest"));
}

TEST_CASE("another protocol version is refused with what to do") {
    test::FakeMachine machine(obligingSteps(), {kVersion + 1, "future", "9.9"});
    Connection connection(machine.takePort(protocol::kPortName), "the guest");
    test::Recorder recorder;
    session::Session session(connection, recorder);
    try {
        session.hello();
        FAIL("it went through");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Protocol);
        CHECK_THAT(error.hint(), Catch::Contains("guest build"));
    }
}

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "guest-agent/agent/agent.hh"
#include "protocol/control.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Catch::Matchers::Contains;
using protocol::Frame;
using protocol::FrameType;
using protocol::Stream;

namespace {

Deadline soon() {
    return Deadline::after(std::chrono::seconds(20));
}

struct Ends {
    UniqueFd host;
    UniqueFd guest;
};

Ends makeEnds() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// An agent in its own thread, and the host's end of its connection.
class Wire final {
  public:
    explicit Wire(Steps steps) : Wire(makeEnds(), std::move(steps)) {}
    ~Wire() {
        m_host.reset();
        if (m_thread.joinable()) m_thread.join();
    }

    protocol::Connection& host() { return *m_host; }
    Frame receive() { return host().receive(soon()); }
    Frame ask(const protocol::Request& request) {
        host().send(FrameType::Request, protocol::encode(request), soon());
        return receive();
    }
    Frame expectHello() {
        auto frame = receive();
        CHECK(frame.type == FrameType::Hello);
        return frame;
    }
    /// How serve() ended: "" for a return.
    std::string end() {
        m_host.reset();
        m_thread.join();
        return m_end;
    }

  private:
    Wire(Ends ends, Steps steps)
        : m_host(std::make_unique<protocol::Connection>(std::move(ends.host), "the guest")),
          m_thread([this, fd = ends.guest.release(), steps = std::move(steps)]() mutable {
              protocol::Connection connection(UniqueFd(fd), "the host");
              try {
                  Agent(connection, std::move(steps))
                      .serve({.protocol = 1, .agent = "test", .kernel = "none"});
              } catch (const Error& error) {
                  m_end = error.what();
              }
          }) {}

    std::string m_end;
    std::unique_ptr<protocol::Connection> m_host;
    std::thread m_thread;
};

Steps quietSteps() {
    return {[](const auto&, HostLink&) {}, [](const auto&, HostLink&) { return protocol::RunReply{}; },
            [](const auto&, Sink& sink, HostLink&) {
                sink.write("layer");
                return protocol::PackEnd{5, 1};
            }};
}

void checkFailure(const Frame& frame, ErrorCode code, const std::string& text) {
    REQUIRE(frame.type == FrameType::Failure);
    const auto error = protocol::decodeFailure(frame.payload, std::array{code});
    CHECK(error.code() == code);
    CHECK_THAT(error.what(), Contains(text));
}

} // namespace

TEST_CASE("the agent says hello, and serves assemble, run, pack and bye") {
    Wire wire(quietSteps());
    CHECK(protocol::decodeHello(wire.expectHello().payload).agent == "test");
    CHECK(wire.ask(protocol::AssembleRequest{}).type == FrameType::Reply);
    CHECK(wire.ask(protocol::RunRequest{}).type == FrameType::Reply);
    const auto data = wire.ask(protocol::PackRequest{});
    CHECK(data.type == FrameType::Data);
    CHECK(data.payload == "layer");
    const auto end = wire.receive();
    CHECK(end.type == FrameType::End);
    CHECK(protocol::decodePackEnd(end.payload) == protocol::PackEnd{5, 1});
    CHECK(wire.ask(protocol::ByeRequest{}).type == FrameType::Reply);
    CHECK(wire.end().empty());
}

TEST_CASE("scripts before and after the script are served in their order") {
    Steps steps = quietSteps();
    steps.run = [](const protocol::RunRequest& request, HostLink&) {
        return protocol::RunReply{.value = static_cast<int>(request.step)};
    };
    Wire wire(steps);
    wire.expectHello();
    protocol::AssembleRequest assembly;
    assembly.rootLater = true;
    wire.ask(assembly);
    for (const auto step : {protocol::Step::Before, protocol::Step::Script, protocol::Step::After}) {
        protocol::RunRequest request;
        request.step = step;
        CHECK(protocol::decodeRunReply(wire.ask(request).payload).value == static_cast<int>(step));
    }
    CHECK(wire.ask(protocol::PackRequest{}).payload == "layer");
}

TEST_CASE("a root that is mounted later needs the script before it", "[A8]") {
    Wire wire(quietSteps());
    wire.expectHello();
    protocol::AssembleRequest assembly;
    assembly.rootLater = true;
    wire.ask(assembly);
    checkFailure(wire.ask(protocol::RunRequest{}), ErrorCode::Protocol,
                 "requested run when only before is allowed");
}

TEST_CASE("what a step reports reaches the host while it works") {
    Steps steps = quietSteps();
    steps.run = [](const auto&, HostLink& link) {
        link.data(Stream::Stderr, "oops");
        link.warn("beware");
        return protocol::RunReply{.how = protocol::RunReply::How::Exited, .value = 7};
    };
    Wire wire(steps);
    wire.expectHello();
    wire.ask(protocol::AssembleRequest{});
    const auto output = wire.ask(protocol::RunRequest{});
    CHECK(output.type == FrameType::Data);
    CHECK(output.flags == static_cast<std::uint8_t>(Stream::Stderr));
    CHECK(protocol::decodeEvent(wire.receive().payload).text == "beware");
    CHECK(protocol::decodeRunReply(wire.receive().payload).value == 7);
}

TEST_CASE("a flood of warnings is counted, not sent", "[A9]") {
    Steps steps = quietSteps();
    steps.assemble = [](const auto&, HostLink& link) {
        for (int i = 0; i < 1000; ++i)
            link.warn("again");
    };
    Wire wire(steps);
    wire.expectHello();
    auto frame = wire.ask(protocol::AssembleRequest{});
    int events = 0;
    std::string last;
    for (; frame.type == FrameType::Event; frame = wire.receive(), ++events) {
        last = protocol::decodeEvent(frame.payload).text;
    }
    CHECK(events == 201);
    CHECK(last == "and 800 more warnings");
}

TEST_CASE("a failed step is reported with its code, and only bye can follow") {
    Steps steps = quietSteps();
    steps.assemble = [](const auto&, HostLink&) {
        throw Error(ErrorCode::Image, "no squashfs", "clear the cache");
    };
    Wire wire(steps);
    wire.expectHello();
    checkFailure(wire.ask(protocol::AssembleRequest{}), ErrorCode::Image, "no squashfs");
    checkFailure(wire.ask(protocol::RunRequest{}), ErrorCode::Protocol, "only bye is allowed");
    CHECK(wire.ask(protocol::ByeRequest{}).type == FrameType::Reply);
}

TEST_CASE("requests out of order are refused", "[A8]") {
    Wire wire(quietSteps());
    wire.expectHello();
    checkFailure(wire.ask(protocol::PackRequest{}), ErrorCode::Protocol, "requested pack when only assemble");
    CHECK(wire.ask(protocol::AssembleRequest{}).type == FrameType::Reply);
    checkFailure(wire.ask(protocol::AssembleRequest{}), ErrorCode::Protocol,
                 "requested assemble when only run");
}

TEST_CASE("an invalid request is refused, and an invalid frame ends the conversation", "[A8]") {
    Wire wire(quietSteps());
    wire.expectHello();
    wire.host().send(FrameType::Request, "{]", soon());
    CHECK(wire.receive().type == FrameType::Failure);
    wire.host().send(FrameType::Data, "x", soon());
    checkFailure(wire.receive(), ErrorCode::Protocol, "type 6");
    REQUIRE(::write(wire.host().fd(), "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 8);
    CHECK_THAT(wire.end(), Contains("malformed"));
}

TEST_CASE("a frame of an unknown type ends the conversation", "[A8]") {
    for (const std::uint8_t type : {0, 10, 255}) {
        Wire wire(quietSteps());
        wire.expectHello();
        wire.host().send(type, "", soon());
        CHECK_THROWS_WITH(wire.receive(), Contains("is gone"));
        CHECK_THAT(wire.end(), Contains("unknown"));
    }
}

TEST_CASE("the agent ends when the host ends") {
    Wire wire(quietSteps());
    wire.expectHello();
    CHECK_THAT(wire.end(), Contains("the host is gone"));
}

TEST_CASE("a Cancel between requests is late and ignored") {
    Wire wire(quietSteps());
    wire.expectHello();
    wire.host().send(FrameType::Cancel, "", soon());
    CHECK(wire.ask(protocol::AssembleRequest{}).type == FrameType::Reply);
}

TEST_CASE("a Cancel while a step works is received") {
    Steps steps = quietSteps();
    steps.run = [](const auto&, HostLink& link) {
        link.data(Stream::Stdout, "ready");
        while (!link.cancelled())
            std::this_thread::yield();
        return protocol::RunReply{.how = protocol::RunReply::How::Cancelled};
    };
    Wire wire(steps);
    wire.expectHello();
    wire.ask(protocol::AssembleRequest{});
    CHECK(wire.ask(protocol::RunRequest{}).payload == "ready");
    wire.host().send(FrameType::Cancel, "", soon());
    CHECK(protocol::decodeRunReply(wire.receive().payload).how == protocol::RunReply::How::Cancelled);
}

TEST_CASE("a layer of many megabytes arrives whole, in frames of at most 1 MiB") {
    const std::string bytes(5'000'001, 'x');
    Steps steps = quietSteps();
    steps.pack = [&](const auto&, Sink& sink, HostLink&) {
        sink.write(bytes);
        return protocol::PackEnd{bytes.size(), 1};
    };
    Wire wire(steps);
    wire.expectHello();
    wire.ask(protocol::AssembleRequest{});
    wire.ask(protocol::RunRequest{});
    std::size_t received = 0;
    for (auto frame = wire.ask(protocol::PackRequest{}); frame.type == FrameType::Data;
         frame = wire.receive()) {
        CHECK(frame.payload.size() <= protocol::kMaxPayload);
        received += frame.payload.size();
    }
    CHECK(received == bytes.size());
}

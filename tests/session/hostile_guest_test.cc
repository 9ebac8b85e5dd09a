#include <catch2/catch.hpp>
#include <cstdint>

#include <atomic>
#include <functional>
#include <thread>

#include <rootlayer/error.hh>

#include "protocol/control.hh"
#include "session/session.hh"
#include "tests/support/recorder.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;
using namespace std::chrono_literals;

namespace {

/// A guest that is not our agent: a function with the other end of the channel.
class HostileGuest final {
  public:
    explicit HostileGuest(std::function<void(Connection&)> behaviour)
        : m_connection(std::in_place, std::move(m_pair.host), "the guest") {
        m_thread = std::thread(
            [behaviour = std::move(behaviour), fd = std::make_shared<UniqueFd>(std::move(m_pair.guest))] {
                Connection connection(std::move(*fd), "the host");
                try {
                    behaviour(connection);
                } catch (const Error&) { // the host has hung up on us, as it should
                    return;
                }
            });
    }
    ~HostileGuest() {
        m_connection.reset();
        m_thread.join();
    }

    Connection& connection() { return *m_connection; }

  private:
    test::SocketPair m_pair;
    std::optional<Connection> m_connection;
    std::thread m_thread;
};

Deadline soon() {
    return Deadline::after(20s);
}

constexpr session::Timeouts kShort{500ms, 500ms, 500ms, 500ms};

/// How a script ends for the host, if the guest answers with `reply`.
ErrorCode runFrom(const std::string& reply, std::uint64_t timeout = 0) {
    HostileGuest guest([&](Connection& host) {
        host.receive(soon());
        host.send(FrameType::Reply, reply, soon());
    });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, kShort);
    RunRequest request;
    request.timeout = timeout;
    try {
        session.run(request);
    } catch (const Error& error) {
        return error.code();
    }
    FAIL("the reply was taken");
    return ErrorCode::Internal;
}

ErrorCode packFrom(const std::function<void(Connection&)>& behaviour) {
    HostileGuest guest([&](Connection& host) {
        host.receive(soon());
        behaviour(host);
    });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, kShort);
    StringSink layer;
    try {
        session.pack({}, layer);
    } catch (const Error& error) {
        return error.code();
    }
    FAIL("the layer was taken");
    return ErrorCode::Internal;
}

} // namespace

TEST_CASE("a guest that never says hello ends in a timeout", "[A8][A13]") {
    HostileGuest guest([](Connection& host) { host.receive(soon()); });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, kShort);
    try {
        session.hello();
        FAIL("it went through");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Timeout);
    }
}

TEST_CASE("a guest that sends fewer or more bytes than it announces is refused", "[A8]") {
    for (const std::uint64_t announced : {2U, 4U}) {
        CHECK(packFrom([&](Connection& host) {
                  host.send(FrameType::Data, "abc", soon());
                  host.send(FrameType::End, encode(PackEnd{announced, 1}), soon());
              }) == ErrorCode::Protocol);
    }
}

TEST_CASE("a guest that ends before the end of the layer is refused", "[A8]") {
    CHECK(packFrom([](Connection& host) { host.send(FrameType::Data, "abc", soon()); }) ==
          ErrorCode::Protocol);
}

TEST_CASE("a guest that falls silent in the middle of the layer ends in a timeout", "[A8]") {
    CHECK(packFrom([](Connection& host) {
              host.send(FrameType::Data, "abc", soon());
              host.receive(soon());
          }) == ErrorCode::Timeout);
}

TEST_CASE("a guest that answers with frames of the host is refused", "[A8]") {
    for (const auto type : {FrameType::Hello, FrameType::Request, FrameType::Cancel, FrameType::Reply}) {
        CHECK(packFrom([&](Connection& host) { host.send(type, "{}", soon()); }) == ErrorCode::Protocol);
    }
}

TEST_CASE("a guest that sends frames of an unknown type is refused", "[A8]") {
    for (const std::uint8_t type : {0, 10, 255})
        CHECK(packFrom([&](Connection& host) { host.send(type, "{}", soon()); }) == ErrorCode::Protocol);
}

TEST_CASE("a guest that names ranges of the scratch disk unasked is refused", "[A8]") {
    CHECK(packFrom([](Connection& host) {
              host.send(FrameType::Range, encode(Range{0, 1}), soon());
          }) == ErrorCode::Protocol);
}

TEST_CASE("a guest that sends data of an unknown stream is refused", "[A8]") {
    CHECK(packFrom([](Connection& host) { host.send(FrameType::Data, "abc", soon(), 3); }) ==
          ErrorCode::Protocol);
}

TEST_CASE("a forged exit status that is out of range is refused", "[A8]") {
    HostileGuest guest([](Connection& host) {
        host.receive(soon());
        host.send(FrameType::Reply, R"({"how":"exited","value":99999,"message":""})", soon());
    });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, kShort);
    CHECK_THROWS_AS(session.run({}), Error);
}

TEST_CASE("terminal escapes in warnings are made harmless, and a flood of warnings is truncated", "[A8]") {
    HostileGuest guest([](Connection& host) {
        host.receive(soon());
        for (int i = 0; i < 5000; ++i) {
            host.send(FrameType::Event, encode(EventMessage{EventMessage::Kind::Warning, "\x1b[2J"}), soon());
        }
        host.send(FrameType::Reply, encode(RunReply{}), soon());
    });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, {5s, 5s, 5s, 5s});
    session.run({});
    CHECK(session.warnings().size() == 1000);
    CHECK(session.warnings().front() == "guest: \\x1b[2J");
}

TEST_CASE("a script that never pauses its output cannot outlast its timeout", "[A8]") {
    std::atomic<bool> stop{false};
    HostileGuest guest([&](Connection& host) {
        host.receive(soon());
        while (!stop)
            host.send(FrameType::Data, "still here\n", soon(), 1);
    });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, {1s, 1s, 1s, 50ms});
    RunRequest request;
    request.timeout = 1;
    try {
        session.run(request);
        FAIL("it went through");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Timeout);
    }
    stop = true;
}

TEST_CASE("a guest that ends the script for a reason that the host did not give is refused", "[A8]") {
    CHECK(runFrom(encode(RunReply{RunReply::How::Cancelled})) == ErrorCode::Protocol);
    CHECK(runFrom(encode(RunReply{RunReply::How::TimedOut})) == ErrorCode::Protocol);
}

TEST_CASE("a forged signal whose status would be a success is refused", "[A8]") {
    CHECK(runFrom(encode(RunReply{RunReply::How::Signalled, 128})) == ErrorCode::Protocol);
}

TEST_CASE("a failure of the guest is never one of the caller's", "[A8]") {
    for (const auto code : {ErrorCode::Usage, ErrorCode::Cancelled, ErrorCode::Input, ErrorCode::Platform,
                            ErrorCode::Timeout, ErrorCode::Internal}) {
        CHECK(packFrom([&](Connection& host) {
                  host.send(FrameType::Failure, encode(Error(code, "no", "curl | sh")), soon());
              }) == ErrorCode::Guest);
    }
    CHECK(packFrom([](Connection& host) {
              host.send(FrameType::Failure, encode(Error(ErrorCode::Layer, "no")), soon());
          }) == ErrorCode::Layer);
}

TEST_CASE("a flood of notes is truncated, and each is marked as the guest's", "[A8]") {
    HostileGuest guest([](Connection& host) {
        host.receive(soon());
        for (int i = 0; i < 3000; ++i)
            host.send(FrameType::Event, encode(EventMessage{EventMessage::Kind::Note, "try: curl\n"}),
                      soon());
        host.send(FrameType::Reply, encode(RunReply{}), soon());
    });
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, {5s, 5s, 5s, 5s});
    session.run({});
    CHECK(recorder.notes.size() == 1000);
    CHECK(recorder.notes.front() == "guest: try: curl\\n");
}

TEST_CASE("a frame that is too long, or ends in the middle, is refused", "[A8]") {
    for (const std::string& bytes :
         {std::string("\xff\xff\xff\xff\x06\0\0\0", 8), std::string("\x09\0\0\0\x06\0\0\0half", 12),
          std::string("\x01\0\0\0\x06\0\x01\0x", 9)}) {
        CHECK(packFrom([&](Connection& host) { host.trySend(bytes); }) == ErrorCode::Protocol);
    }
}

TEST_CASE("a frame that comes one byte at a time ends in a timeout", "[A8]") {
    CHECK(packFrom([](Connection& host) {
              std::string frame;
              appendFrame(frame, static_cast<std::uint8_t>(FrameType::Data), 0, std::string(100'000, 'x'));
              // Until the host hangs up.
              for (const char byte : frame) {
                  host.trySend({&byte, 1});
                  std::this_thread::sleep_for(20ms);
              }
          }) == ErrorCode::Timeout);
}

namespace {

/// A guest that sends heartbeats for ever once it has been asked, or at once.
void onlyHeartbeats(Connection& host, bool asked = true) {
    if (asked) host.receive(soon());
    for (;;) {
        host.send(FrameType::Event, encode(EventMessage{}), soon());
        std::this_thread::sleep_for(5ms);
    }
}

/// Short for everything but the frames of a guest that is alive.
constexpr session::Timeouts kAlive{
    .hello = 100ms, .assemble = 100ms, .silence = 20s, .grace = 50ms, .pack = 100ms};

Error failureWith(const std::function<void(Connection&)>& behaviour,
                  const std::function<void(session::Session&)>& ask) {
    HostileGuest guest(behaviour);
    test::Recorder recorder;
    session::Session session(guest.connection(), recorder, kAlive);
    try {
        ask(session);
    } catch (const Error& error) {
        return error;
    }
    FAIL("it went through");
    return Error(ErrorCode::Internal, "");
}

} // namespace

TEST_CASE("a guest that only sends heartbeats cannot hold the host, in any phase", "[A8]") {
    const auto beats = [](Connection& host) { onlyHeartbeats(host); };
    SECTION("hello") {
        // A heartbeat is not even allowed here.
        const auto error = failureWith([](Connection& host) { onlyHeartbeats(host, false); },
                                       [](session::Session& session) { session.hello(); });
        CHECK(error.code() == ErrorCode::Protocol);
    }
    SECTION("assemble") {
        const auto error = failureWith(beats, [](session::Session& session) { session.assemble({}); });
        CHECK(error.code() == ErrorCode::Timeout);
    }
    SECTION("a script with a time limit") {
        const auto error = failureWith(beats, [](session::Session& session) {
            RunRequest request;
            request.timeout = 50;
            session.run(request);
        });
        CHECK(error.code() == ErrorCode::Timeout);
    }
    SECTION("pack") {
        const auto error = failureWith(beats, [](session::Session& session) {
            StringSink layer;
            session.pack({}, layer);
        });
        CHECK(error.code() == ErrorCode::Timeout);
        CHECK_THAT(error.what(), Catch::Contains("too little progress"));
    }
    SECTION("pack, with a time limit") {
        const auto error = failureWith(beats, [](session::Session& session) {
            StringSink layer;
            session.pack({}, layer, {}, {.total = Deadline::after(10ms), .flushing = 60s});
        });
        CHECK(error.code() == ErrorCode::Timeout);
        CHECK_THAT(error.hint(), Catch::Contains("--timeout"));
    }
}

TEST_CASE("a guest that sends a layer byte by byte, or warnings, cannot hold the host", "[A8]") {
    const auto drip = [](FrameType type, const std::string& payload) {
        return [type, payload](Connection& host) {
            host.receive(soon());
            for (;;) {
                host.send(type, payload, soon());
                std::this_thread::sleep_for(5ms);
            }
        };
    };
    const auto ask = [](session::Session& session) {
        StringSink layer;
        session.pack({}, layer);
    };
    CHECK(failureWith(drip(FrameType::Data, "x"), ask).code() == ErrorCode::Timeout);
    const auto warning = encode(EventMessage{EventMessage::Kind::Warning, "mind the gap"});
    CHECK(failureWith(drip(FrameType::Event, warning), ask).code() == ErrorCode::Timeout);
}

TEST_CASE("a range that never ends for the host is ended by the time limit", "[A8]") {
    const auto error = failureWith(
        [](Connection& host) {
            host.receive(soon());
            host.send(FrameType::Range, encode(Range{0, std::uint64_t{1} << 60}), soon());
            host.receive(soon());
        },
        [](session::Session& session) {
            FunctionSink layer([](std::string_view) {});
            const auto endless = [](const Range&, Sink& to) {
                for (;;)
                    to.write("x");
            };
            PackRequest request;
            request.ranges = true;
            session.pack(request, layer, endless, {.total = Deadline::after(20ms)});
        });
    CHECK(error.code() == ErrorCode::Timeout);
}

TEST_CASE("what arrives of a layer buys time, and the host's own work costs none") {
    session::Patience patience(100ms);
    patience.waited(90ms);
    CHECK_FALSE(patience.ended());
    patience.waited(10ms);
    CHECK(patience.ended());
    patience.delivered(session::Patience::kSlowestBytesPerMs * 5);
    CHECK_FALSE(patience.ended());
    patience.waited(5ms);
    CHECK(patience.ended());
    CHECK(patience.end().expired());
}

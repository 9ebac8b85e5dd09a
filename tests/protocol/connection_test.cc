#include <catch2/catch.hpp>

#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "protocol/connection.hh"
#include "protocol/control.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;
using namespace std::chrono_literals;
using test::SocketPair;

namespace {

ErrorCode codeOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    FAIL("nothing was thrown");
    return ErrorCode::Internal;
}

void writeRaw(int fd, std::string_view bytes) {
    REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

Deadline soon() {
    return Deadline::after(10s);
}

} // namespace

TEST_CASE("a frame arrives as it was sent, and its bytes are pinned") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    host.send(FrameType::Data, "abc", soon(), 2);
    std::string raw(11, '\0');
    REQUIRE(::read(pair.guest.get(), raw.data(), raw.size()) == 11);
    CHECK(raw == std::string("\x03\0\0\0\x06\x02\0\0abc", 11));

    writeRaw(pair.guest.get(), raw);
    const Frame frame = host.receive(soon());
    CHECK(frame.type == FrameType::Data);
    CHECK(frame.flags == 2);
    CHECK(frame.payload == "abc");
}

TEST_CASE("frames of every size arrive whole though the stream cuts them anywhere") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    Connection guest(std::move(pair.guest), "the host");
    std::thread sender([&] {
        for (std::size_t size = 1; size <= kMaxPayload; size *= 4) {
            guest.send(FrameType::Data, std::string(size, static_cast<char>('a' + size % 26)),
                       Deadline::after(60s));
        }
    });
    for (std::size_t size = 1; size <= kMaxPayload; size *= 4) {
        const Frame frame = host.receive(Deadline::after(60s));
        CHECK(frame.payload == std::string(size, static_cast<char>('a' + size % 26)));
    }
    sender.join();
}

TEST_CASE("a length of 0xFFFFFFFF is refused before anything is allocated", "[A8]") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    writeRaw(pair.guest.get(), std::string("\xff\xff\xff\xff\x06\0\0\0", 8));
    CHECK(codeOf([&] { host.receive(soon()); }) == ErrorCode::Protocol);
}

TEST_CASE("reserved bytes that are set are refused", "[A8]") {
    for (const auto& header :
         {std::string("\0\0\0\0\x06\0\x01\0", 8), std::string("\0\0\0\0\x06\0\0\x01", 8)}) {
        SocketPair pair;
        Connection host(std::move(pair.host), "the guest");
        writeRaw(pair.guest.get(), header);
        CHECK(codeOf([&] { host.receive(soon()); }) == ErrorCode::Protocol);
    }
}

TEST_CASE("the end of the stream inside a frame is told apart", "[A8]") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    writeRaw(pair.guest.get(), std::string("\x10\0\0\0\x06\0\0\0abc", 11));
    pair.guest.reset();
    CHECK_THROWS_WITH(host.receive(soon()),
                      Catch::Contains("the guest is gone") && Catch::Contains("middle"));
}

TEST_CASE("a peer that says nothing ends in a timeout") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    CHECK(codeOf([&] { host.receive(Deadline::after(1ms)); }) == ErrorCode::Timeout);
}

TEST_CASE("a peer that drips bytes does not stretch the deadline", "[A8]") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    std::atomic<bool> stop{false};
    std::thread dripper([&, fd = pair.guest.get()] {
        const std::string header("\xff\xff\0\0\x06\0\0\0", 8);
        [[maybe_unused]] auto sent = ::write(fd, header.data(), header.size());
        while (!stop)
            sent = ::write(fd, "x", 1) + ::usleep(100);
    });
    CHECK(codeOf([&] { host.receive(Deadline::after(30ms)); }) == ErrorCode::Timeout);
    stop = true;
    dripper.join();
}

TEST_CASE("a peer that takes nothing ends in a timeout") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    const std::string much(kMaxPayload, 'x');
    CHECK(codeOf([&] {
              for (int i = 0; i < 64; ++i)
                  host.send(FrameType::Data, much, Deadline::after(20ms));
          }) == ErrorCode::Timeout);
}

TEST_CASE("a cancelled token ends a wait") {
    SocketPair pair;
    const CancelToken token;
    Connection host(std::move(pair.host), "the guest", &token);
    std::thread other([token] { token.cancel(); });
    CHECK(codeOf([&] { host.receive(Deadline::never()); }) == ErrorCode::Cancelled);
    other.join();
}

TEST_CASE("poll gives whole frames only, and never waits") {
    SocketPair pair;
    Connection host(std::move(pair.host), "the guest");
    CHECK_FALSE(host.poll());
    writeRaw(pair.guest.get(), std::string("\x02\0\0\0\x06", 5));
    CHECK_FALSE(host.poll());
    writeRaw(pair.guest.get(), std::string("\0\0\0ok", 5));
    const auto frame = host.poll();
    REQUIRE(frame);
    CHECK(frame->payload == "ok");
}

TEST_CASE("several other descriptors are watched while the peer is waited for") {
    SocketPair pair;
    SocketPair first;
    SocketPair second;
    Connection host(std::move(pair.host), "the guest");
    std::string seen;
    host.alsoWatch(first.host.get(), [&] {
        seen += '1';
        host.stopWatching(first.host.get());
        host.stopWatching(second.host.get());
    });
    host.alsoWatch(second.host.get(), [&] { seen += '2'; });
    writeRaw(first.guest.get(), "x");
    writeRaw(second.guest.get(), "x");
    // The first one ends the watching of both.
    CHECK(codeOf([&] { host.receive(Deadline::after(50ms)); }) == ErrorCode::Timeout);
    CHECK(seen == "1");
    host.alsoWatch(second.host.get(), [] { throw Error(ErrorCode::Resource, "the disk is full"); });
    CHECK(codeOf([&] { host.receive(soon()); }) == ErrorCode::Resource);
}

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ip_address.hh"
#include "streams/stream_socket.hh"
#include "tests/streams/stream_log.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;
using namespace rootlayer::streams;
using namespace std::chrono_literals;
using test::SocketPair;

namespace {

constexpr std::size_t kMuch = std::size_t{8} << 20;

enum class Kind { Unix, Tcp };

void makeSmall(int socket) {
    const int size = 16384;
    ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/// Two connected TCP sockets.
std::pair<UniqueFd, UniqueFd> tcpPair(bool small) {
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (small) makeSmall(listener.get());
    sockaddr_storage address{};
    socklen_t length = IpAddress::parse("127.0.0.1")->fill(address, 0);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener.get(), raw, length) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    REQUIRE(::getsockname(listener.get(), raw, &length) == 0);
    UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (small) makeSmall(client.get());
    REQUIRE(::connect(client.get(), raw, length) == 0);
    UniqueFd server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(server);
    return {std::move(client), std::move(server)};
}

std::pair<UniqueFd, UniqueFd> connectedPair(Kind kind, bool small = false) {
    if (kind == Kind::Tcp) return tcpPair(small);
    SocketPair pair;
    if (small) {
        makeSmall(pair.host.get());
        makeSmall(pair.guest.get());
    }
    return {std::move(pair.host), std::move(pair.guest)};
}

/// A program at the end of a socket: sends what it has, and keeps what arrives.
struct Program {
    UniqueFd socket;
    std::string toSend;
    bool endsAfter = false; ///< shuts down once all is sent
    bool reads = true;
    std::size_t sent = 0;
    std::string received;
    bool sawEnd = false;
    int error = 0; ///< of its socket

    void start(UniqueFd with) {
        socket = std::move(with);
        ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    }
    void work() {
        if (!socket) return;
        while (sent < toSend.size()) {
            const auto put = ::send(socket.get(), toSend.data() + sent, toSend.size() - sent, MSG_NOSIGNAL);
            if (put < 0 && errno != EAGAIN) error = errno;
            if (put <= 0) break;
            sent += static_cast<std::size_t>(put);
        }
        if (endsAfter && sent == toSend.size()) {
            endsAfter = false;
            ::shutdown(socket.get(), SHUT_WR);
        }
        static std::array<char, 100'000> buffer;
        while (reads && !sawEnd && error == 0) {
            const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
            if (got < 0 && errno != EAGAIN) error = errno;
            if (got == 0) sawEnd = true;
            if (got <= 0) break;
            received.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
    void breakOff() {
        const linger now{1, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        socket.reset();
    }
};

/// One end of the port, with one stream that is a socket.
struct End final : Multiplexer::Handler {
    End(UniqueFd port, Multiplexer::Role role) : streams(std::move(port), "the peer", role, *this) {}

    Multiplexer streams;
    std::optional<StreamSocket> socket;
    std::size_t mostHeld = 0;

    void onOpen(StreamId id, StreamKind, std::string_view) override { socket.emplace(streams, id); }
    void onData(StreamId, std::string_view bytes) override {
        if (!socket) return;
        socket->onData(bytes);
        mostHeld = std::max(mostHeld, socket->held().size());
    }
    void onEnd(StreamId) override {
        if (socket) socket->onEnd();
    }
    void onReset(StreamId) override {
        if (socket) socket->onReset();
    }
    void onBye() override {}

    void work() {
        streams.flush();
        pollfd port{streams.fd(), streams.events(), 0};
        if (::poll(&port, 1, 0) > 0 || streams.hasMore()) streams.receive();
        if (socket && socket->events() != 0) {
            pollfd ready{socket->fd(), socket->events(), 0};
            if (::poll(&ready, 1, 0) > 0) socket->move(ready.revents);
        }
        streams.flush();
    }
};

/// program - socket - guest - port - host - socket - server
struct Bridge {
    explicit Bridge(Kind kind = Kind::Unix, bool small = false) {
        auto near = connectedPair(kind, small);
        auto far = connectedPair(kind, small);
        const auto id = guest.streams.open(StreamKind::Tcp, "80 a");
        guest.socket.emplace(guest.streams, id.value());
        guest.socket->attach(std::move(near.second));
        until([&] { return host.socket.has_value(); });
        program.start(std::move(near.first));
        server.start(std::move(far.first));
        farSocket = std::move(far.second);
    }
    /// Gives the host's end its socket.
    void connect() { host.socket->attach(std::move(farSocket)); }

    void until(const std::function<bool()>& done) {
        const auto limit = Deadline::after(60s);
        while (!done()) {
            if (limit.expired()) FAIL("it does not happen");
            step();
        }
    }
    void step() {
        for (auto* end : {&guest, &host})
            end->work();
        for (auto* each : {&program, &server})
            each->work();
    }
    /// As long as anything moves.
    void settle() {
        std::array<std::size_t, 6> before{};
        for (int idle = 0; idle < 50; ++idle) {
            step();
            const std::array<std::size_t, 6> now{program.sent,
                                                 program.received.size(),
                                                 server.sent,
                                                 server.received.size(),
                                                 guest.socket->held().size() + guest.streams.queued(),
                                                 host.socket->held().size() + host.streams.queued()};
            if (now != std::exchange(before, now)) idle = 0;
        }
    }
    bool isOver() const { return guest.socket->over() && host.socket->over(); }

    SocketPair port;
    End guest{std::move(port.guest), Multiplexer::Role::Opens};
    End host{std::move(port.host), Multiplexer::Role::Accepts};
    Program program;
    Program server;
    UniqueFd farSocket;
};

std::string noise(std::size_t size, unsigned seed) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) {
        seed = seed * 1664525U + 1013904223U;
        byte = static_cast<char>(seed >> 24U);
    }
    return bytes;
}

/// So that a failure does not print megabytes.
bool same(const std::string& left, const std::string& right) {
    return left == right;
}

} // namespace

TEST_CASE("8 MiB each way arrive whole, through sockets that take little at once") {
    const auto kind = GENERATE(Kind::Unix, Kind::Tcp);
    Bridge bridge(kind, true);
    bridge.connect();
    bridge.program.toSend = noise(kMuch, 1);
    bridge.server.toSend = noise(kMuch, 2);
    bridge.program.endsAfter = bridge.server.endsAfter = true;
    bridge.until([&] { return bridge.isOver() && bridge.program.sawEnd && bridge.server.sawEnd; });
    CHECK(same(bridge.server.received, bridge.program.toSend));
    CHECK(same(bridge.program.received, bridge.server.toSend));
    for (const auto* end : {&bridge.guest, &bridge.host}) {
        CHECK_FALSE(end->socket->broken());
        CHECK(end->socket->toSocket() == kMuch);
        CHECK(end->socket->fromSocket() == kMuch);
        CHECK(end->socket->fd() == -1);
        CHECK(end->mostHeld <= kStreamWindow);
        CHECK(end->streams.openStreams() == 0);
    }
}

TEST_CASE("a side that has sent all may still receive, whichever ends first") {
    const auto kind = GENERATE(Kind::Unix, Kind::Tcp);
    const bool programFirst = GENERATE(true, false);
    Bridge bridge(kind);
    bridge.connect();
    auto& first = programFirst ? bridge.program : bridge.server;
    auto& second = programFirst ? bridge.server : bridge.program;
    first.toSend = "request";
    first.endsAfter = true;
    bridge.until([&] { return second.sawEnd; });
    CHECK(second.received == "request");
    CHECK_FALSE(first.sawEnd);
    CHECK_FALSE(bridge.isOver());
    second.toSend = noise(1'000'000, 3);
    second.endsAfter = true;
    bridge.until([&] { return first.sawEnd && bridge.isOver(); });
    CHECK(same(first.received, second.toSend));
    CHECK_FALSE(bridge.guest.socket->broken());
    CHECK_FALSE(bridge.host.socket->broken());
}

TEST_CASE("a socket that is broken breaks the connection behind it, and the reverse") {
    const bool programFirst = GENERATE(true, false);
    Bridge bridge(Kind::Tcp);
    bridge.connect();
    bridge.program.toSend = bridge.server.toSend = "hello";
    bridge.until([&] { return bridge.program.received == "hello" && bridge.server.received == "hello"; });
    auto& first = programFirst ? bridge.program : bridge.server;
    auto& second = programFirst ? bridge.server : bridge.program;
    first.breakOff();
    bridge.until([&] { return second.error != 0; });
    CHECK(second.error == ECONNRESET);
    CHECK_FALSE(second.sawEnd);
    CHECK(bridge.isOver());
    CHECK(bridge.guest.socket->broken());
    CHECK(bridge.host.socket->broken());
    CHECK(bridge.guest.streams.openStreams() + bridge.host.streams.openStreams() == 0);
}

TEST_CASE("a stream that is given up breaks both sockets") {
    Bridge bridge(Kind::Tcp);
    bridge.connect();
    bridge.settle();
    bridge.host.socket->abort();
    bridge.until([&] { return bridge.program.error != 0 && bridge.server.error != 0; });
    CHECK(bridge.program.error == ECONNRESET);
    CHECK(bridge.server.error == ECONNRESET);
    CHECK(bridge.guest.socket->broken());
    CHECK(bridge.guest.socket->socketEnded());
    CHECK(bridge.guest.streams.openStreams() + bridge.host.streams.openStreams() == 0);
}

TEST_CASE("an object that goes away breaks what has not ended") {
    Bridge bridge(Kind::Tcp);
    bridge.connect();
    bridge.settle();
    bridge.host.socket.reset();
    bridge.until([&] { return bridge.program.error != 0 && bridge.server.error != 0; });
    CHECK(bridge.guest.socket->broken());
    CHECK(bridge.host.streams.openStreams() == 0);
}

TEST_CASE("a program that closes its socket while the server sends breaks the connection") {
    Bridge bridge(Kind::Tcp);
    bridge.connect();
    bridge.settle();
    bridge.program.socket.reset();
    bridge.server.toSend = noise(kMuch, 4);
    bridge.until([&] { return bridge.server.error != 0; });
    CHECK(bridge.server.sent < kMuch);
    CHECK(bridge.isOver());
    CHECK(bridge.guest.socket->broken());
}

TEST_CASE("bytes are kept until they are released, and so is the end behind them") {
    Bridge bridge;
    bridge.host.socket->release(false);
    bridge.connect();
    bridge.program.toSend = "first words";
    bridge.program.endsAfter = true;
    bridge.until([&] { return bridge.host.socket->held() == "first words"; });
    bridge.settle();
    CHECK(bridge.host.socket->held() == "first words");
    CHECK(bridge.host.socket->toSocket() == 0);
    CHECK(bridge.server.received.empty());
    CHECK_FALSE(bridge.server.sawEnd);
    // The other way is open.
    bridge.server.toSend = "banner";
    bridge.until([&] { return bridge.program.received == "banner"; });
    bridge.host.socket->release(true);
    bridge.until([&] { return bridge.server.sawEnd; });
    CHECK(bridge.server.received == "first words");
    CHECK(bridge.host.socket->held().empty());
    CHECK(bridge.host.socket->toSocket() == 11);
}

TEST_CASE("bytes that are not released stop the sender at a window") {
    Bridge bridge;
    bridge.host.socket->release(false);
    bridge.connect();
    bridge.program.toSend = noise(kMuch, 5);
    bridge.until([&] { return bridge.host.socket->held().size() == kStreamWindow; });
    bridge.settle();
    CHECK(bridge.host.mostHeld == kStreamWindow);
    CHECK(bridge.server.received.empty());
    bridge.host.socket->release(true);
    bridge.until([&] { return bridge.server.received.size() == kMuch; });
    CHECK(same(bridge.server.received, bridge.program.toSend));
    CHECK(bridge.host.mostHeld == kStreamWindow);
}

TEST_CASE("what arrives before there is a socket is kept for it") {
    Bridge bridge;
    bridge.program.toSend = noise(1'000'000, 6);
    bridge.program.endsAfter = true;
    bridge.until([&] { return bridge.host.socket->held().size() == kStreamWindow; });
    CHECK(bridge.host.socket->fd() == -1);
    bridge.connect();
    bridge.until([&] { return bridge.server.sawEnd; });
    CHECK(same(bridge.server.received, bridge.program.toSend));
}

TEST_CASE("a server that does not read stops the sender, and costs no more than a window") {
    for (const bool programReads : {true, false}) {
        Bridge bridge(Kind::Unix, true);
        bridge.connect();
        auto& slow = programReads ? bridge.server : bridge.program;
        auto& fast = programReads ? bridge.program : bridge.server;
        slow.reads = false;
        fast.toSend = noise(kMuch, 7);
        fast.endsAfter = true;
        bridge.settle();
        CHECK(fast.sent < std::size_t{1} << 20);
        CHECK(bridge.host.mostHeld <= kStreamWindow);
        CHECK(bridge.guest.mostHeld <= kStreamWindow);
        slow.reads = true;
        bridge.until([&] { return slow.sawEnd; });
        CHECK(same(slow.received, fast.toSend));
    }
}

TEST_CASE("a stream that is given up before it has a socket is over") {
    Bridge bridge(Kind::Tcp);
    bridge.program.toSend = "x";
    bridge.until([&] { return bridge.host.socket->held() == "x"; });
    bridge.program.breakOff();
    bridge.until([&] { return bridge.host.socket->over(); });
    CHECK(bridge.host.socket->broken());
    CHECK(bridge.host.socket->held().empty());
    bridge.host.socket->move(POLLIN | POLLOUT | POLLHUP);
    CHECK(bridge.host.socket->events() == 0);
}

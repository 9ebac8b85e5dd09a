#include <catch2/catch.hpp>
#include <cstdint>

#include <algorithm>
#include <functional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "streams/multiplexer.hh"
#include "tests/streams/stream_log.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;
using namespace rootlayer::streams;
using namespace std::string_literals;
using namespace std::chrono_literals;
using test::number;
using test::rawFrame;
using test::SocketPair;
using test::StreamLog;
using Role = Multiplexer::Role;

namespace {

constexpr std::size_t kQuarter = kStreamWindow / 4;
constexpr std::size_t kQueueLimit = std::size_t{1024} * 1024;

bool isReadable(int fd) {
    pollfd ready{fd, POLLIN, 0};
    return ::poll(&ready, 1, 0) > 0;
}

/// A guest and a host, each a multiplexer, with nothing between them but the port.
struct Ends {
    SocketPair pair;
    StreamLog guestLog;
    StreamLog hostLog;
    Multiplexer guest{std::move(pair.guest), "the host", Role::Opens, guestLog};
    Multiplexer host{std::move(pair.host), "the guest", Role::Accepts, hostLog};

    /// Until no end has anything to do any more.
    void settle() {
        const auto limit = Deadline::after(30s);
        do {
            REQUIRE_FALSE(limit.expired());
            for (auto* end : {&guest, &host}) {
                end->flush();
                if (isReadable(end->fd()) || end->hasMore()) end->receive();
            }
        } while (guest.queued() + host.queued() > 0 || guest.hasMore() || host.hasMore() ||
                 isReadable(guest.fd()) || isReadable(host.fd()));
    }
    StreamId open(std::string_view target = "80 a") {
        const auto id = guest.open(StreamKind::Tcp, target);
        REQUIRE(id);
        return *id;
    }
};

/// As much as the stream takes, in pieces.
std::size_t fill(Ends& ends, Multiplexer& from, StreamId id) {
    std::size_t total = 0;
    while (const auto room = from.room(id)) {
        from.data(id, std::string(room, 'x'));
        total += room;
        ends.settle();
    }
    return total;
}

/// One multiplexer, whose peer is the test, byte for byte.
struct Peer {
    explicit Peer(Role role)
        : streams(std::move(pair.host), role == Role::Accepts ? "the guest" : "the host", role, log) {}

    SocketPair pair;
    StreamLog log;
    Multiplexer streams;

    void write(std::string_view bytes) {
        REQUIRE(::write(pair.guest.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    /// Gives it these bytes, and lets it work until it has read them all.
    void say(std::string_view bytes) {
        write(bytes);
        work();
    }
    void work() {
        do
            streams.receive();
        while (streams.hasMore());
    }
    /// What it sends.
    std::string hear() {
        streams.flush();
        std::string bytes(1 << 20, '\0');
        const auto got = ::recv(pair.guest.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return bytes;
    }
};

std::string openFrame(StreamId id, std::string_view target = "80 a", StreamKind kind = StreamKind::Tcp) {
    return rawFrame(StreamFrame::Open, id, target, static_cast<std::uint8_t>(kind));
}

std::string dataFrame(StreamId id, std::string_view bytes) {
    return rawFrame(StreamFrame::Data, id, bytes);
}

std::string endFrame(StreamId id) {
    return rawFrame(StreamFrame::End, id);
}

std::string resetFrame(StreamId id) {
    return rawFrame(StreamFrame::Reset, id);
}

std::string creditFrame(StreamId id, std::uint32_t bytes) {
    return rawFrame(StreamFrame::Credit, id, number(bytes));
}

/// What a multiplexer says of these bytes of its peer; "" if it takes them.
std::string refusalOf(Peer& peer, std::string_view bytes) {
    try {
        peer.say(bytes);
        return "";
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Protocol);
        return error.message();
    }
}

std::string refusal(Role role, std::string_view bytes) {
    Peer peer(role);
    return refusalOf(peer, bytes);
}

} // namespace

TEST_CASE("what one end sends in a stream arrives at the other end, both ways") {
    Ends ends;
    const auto id = ends.open("443 example.org");
    CHECK(ends.guest.room(id) == kMaxStreamPiece);
    ends.guest.data(id, "ping");
    ends.settle();
    REQUIRE(ends.hostLog.opened.size() == 1);
    CHECK(ends.hostLog.opened[0].id == id);
    CHECK(ends.hostLog.opened[0].kind == StreamKind::Tcp);
    CHECK(ends.hostLog.opened[0].target == "443 example.org");
    CHECK(ends.hostLog.data[id] == "ping");
    ends.host.data(id, "pong");
    ends.settle();
    CHECK(ends.guestLog.data[id] == "pong");
    CHECK(ends.guestLog.opened.empty());
}

TEST_CASE("streams do not mix, and each kind is told") {
    Ends ends;
    const auto first = ends.open();
    const auto second = ends.guest.open(StreamKind::Name, "example.org");
    const auto third = ends.guest.open(StreamKind::RefusedTcp, "22 b");
    REQUIRE((second && third));
    ends.guest.data(*second, "two");
    ends.guest.data(first, "one");
    ends.guest.data(*second, "two");
    ends.settle();
    CHECK(ends.hostLog.data == std::map<StreamId, std::string>{{first, "one"}, {*second, "twotwo"}});
    REQUIRE(ends.hostLog.opened.size() == 3);
    CHECK(ends.hostLog.opened[1].kind == StreamKind::Name);
    CHECK(ends.hostLog.opened[2].kind == StreamKind::RefusedTcp);
    CHECK(ends.host.openStreams() == 3);
}

TEST_CASE("the bytes of each frame are pinned") {
    Peer guest(Role::Opens);
    REQUIRE(guest.streams.open(StreamKind::Tcp, "443 a.example") == 1);
    CHECK(guest.hear() == "\x11\0\0\0\x01\x01\0\0\x01\0\0\0"s + "443 a.example");
    REQUIRE(guest.streams.open(StreamKind::Name, "a.example") == 2);
    CHECK(guest.hear() == "\x0d\0\0\0\x01\x02\0\0\x02\0\0\0"s + "a.example");
    REQUIRE(guest.streams.open(StreamKind::RefusedTcp, "22 10.0.0.1") == 3);
    CHECK(guest.hear() == "\x0f\0\0\0\x01\x03\0\0\x03\0\0\0"s + "22 10.0.0.1");
    guest.streams.data(1, "abc");
    CHECK(guest.hear() == "\x07\0\0\0\x02\0\0\0\x01\0\0\0"s + "abc");
    guest.streams.end(1);
    CHECK(guest.hear() == "\x04\0\0\0\x03\0\0\0\x01\0\0\0"s);
    guest.streams.reset(3);
    CHECK(guest.hear() == "\x04\0\0\0\x04\0\0\0\x03\0\0\0"s);
    guest.streams.grant(2, 0x12345);
    CHECK(guest.hear() == "\x08\0\0\0\x05\0\0\0\x02\0\0\0\x45\x23\x01\0"s);
    guest.streams.bye();
    CHECK(guest.hear() == "\x04\0\0\0\x06\0\0\0\0\0\0\0"s);
}

TEST_CASE("an id is a number of four bytes, the lowest first") {
    Peer host(Role::Accepts);
    host.say("\x08\0\0\0\x01\x01\0\0\x04\x03\x02\x01"s + "80 a");
    CHECK(host.log.opened.at(0).id == 0x01020304);
    CHECK(host.log.opened.at(0).target == "80 a");
}

TEST_CASE("a direction that has ended does not end the other one") {
    Ends ends;
    const auto id = ends.open();
    ends.guest.data(id, "last words");
    ends.guest.end(id);
    ends.settle();
    CHECK(ends.hostLog.data[id] == "last words");
    CHECK(ends.hostLog.ended == std::vector<StreamId>{id});
    CHECK(ends.guest.room(id) == 0);
    CHECK(ends.guest.isOpen(id));
    ends.host.data(id, "still here");
    ends.settle();
    CHECK(ends.guestLog.data[id] == "still here");
    ends.host.end(id);
    ends.settle();
    CHECK(ends.guestLog.ended == std::vector<StreamId>{id});
    CHECK(ends.guest.openStreams() + ends.host.openStreams() == 0);
    CHECK(ends.hostLog.resets.empty());
    CHECK(ends.guestLog.resets.empty());
}

TEST_CASE("the host may end first") {
    Ends ends;
    const auto id = ends.open();
    ends.settle();
    ends.host.end(id);
    ends.host.end(id); // once is enough
    ends.settle();
    CHECK(ends.guestLog.ended.size() == 1);
    ends.guest.data(id, "more");
    ends.guest.end(id);
    ends.settle();
    CHECK(ends.hostLog.data[id] == "more");
    CHECK(ends.guest.openStreams() + ends.host.openStreams() == 0);
}

TEST_CASE("a reset ends a stream for both ends, whoever gives it up") {
    for (const bool byGuest : {true, false}) {
        Ends ends;
        const auto id = ends.open();
        const auto other = ends.open();
        ends.settle();
        (byGuest ? ends.guest : ends.host).reset(id);
        ends.settle();
        CHECK((byGuest ? ends.hostLog : ends.guestLog).resets == std::vector<StreamId>{id});
        CHECK((byGuest ? ends.guestLog : ends.hostLog).resets.empty());
        for (const auto* end : {&ends.guest, &ends.host}) {
            CHECK_FALSE(end->isOpen(id));
            CHECK(end->isOpen(other));
            CHECK(end->room(id) == 0);
        }
    }
}

TEST_CASE("nothing can be done to a stream that is not open") {
    Peer guest(Role::Opens);
    for (const StreamId id : {0, 1, 77}) {
        guest.streams.data(id, "x");
        guest.streams.end(id);
        guest.streams.reset(id);
        guest.streams.grant(id, kStreamWindow);
        CHECK(guest.streams.room(id) == 0);
    }
    CHECK(guest.hear().empty());
}

TEST_CASE("a sender stops at 256 KiB that the other end has not used") {
    Ends ends;
    const auto id = ends.open();
    CHECK(fill(ends, ends.guest, id) == kStreamWindow);
    CHECK(ends.hostLog.data[id].size() == kStreamWindow);
    // The other way has credit of its own, and so has another stream.
    CHECK(fill(ends, ends.host, id) == kStreamWindow);
    CHECK(ends.guest.room(ends.open()) > 0);
}

TEST_CASE("what the other end has used may be sent again") {
    Ends ends;
    const auto id = ends.open();
    fill(ends, ends.guest, id);
    // Credit is told in quarters of the window.
    ends.host.grant(id, kQuarter - 1);
    ends.settle();
    CHECK(ends.guest.room(id) == 0);
    ends.host.grant(id, 1);
    ends.settle();
    CHECK(fill(ends, ends.guest, id) == kQuarter);
    ends.host.grant(id, kStreamWindow);
    ends.settle();
    CHECK(fill(ends, ends.guest, id) == kStreamWindow);
    CHECK(ends.hostLog.data[id].size() == 2 * kStreamWindow + kQuarter);
}

TEST_CASE("an end that sends no more is told of no credit") {
    Peer host(Role::Accepts);
    host.say(openFrame(1) + dataFrame(1, std::string(kMaxStreamPiece, 'x')) + endFrame(1));
    host.streams.grant(1, kMaxStreamPiece);
    CHECK(host.hear().empty());
}

TEST_CASE("a stream that sends much leaves room for the others") {
    Ends ends;
    const auto greedy = ends.open();
    const auto modest = ends.open();
    std::size_t queued = ends.guest.queued();
    while (const auto room = ends.guest.room(greedy)) {
        CHECK(room <= kMaxStreamPiece);
        CHECK(ends.guest.room(modest) == room);
        ends.guest.data(greedy, std::string(std::min<std::size_t>(room, 10'000), 'g'));
        REQUIRE(ends.guest.queued() > std::exchange(queued, ends.guest.queued()));
    }
    // Nobody may add to a long queue; once it is short, the modest one is not behind.
    CHECK(ends.guest.queued() <= kStreamWindow + 100);
    CHECK(ends.guest.room(modest) == 0);
    ends.settle();
    CHECK(ends.guest.room(modest) == kMaxStreamPiece);
}

TEST_CASE("256 streams are open at once, and another one when one of them is over") {
    Ends ends;
    for (std::size_t i = 0; i < kMaxStreams; ++i)
        ends.open();
    CHECK_FALSE(ends.guest.open(StreamKind::Tcp, "80 a"));
    ends.settle();
    CHECK(ends.host.openStreams() == kMaxStreams);
    ends.guest.reset(7);
    CHECK(ends.open() == kMaxStreams + 1);
    CHECK_FALSE(ends.guest.open(StreamKind::Tcp, "80 a"));
    ends.settle();
    CHECK(ends.host.openStreams() == kMaxStreams);
    ends.host.end(8);
    ends.guest.end(8);
    ends.settle();
    CHECK(ends.open() == kMaxStreams + 2);
    ends.settle();
    CHECK(ends.host.openStreams() == kMaxStreams);
}

TEST_CASE("a guest that opens 257 streams is refused") {
    Peer host(Role::Accepts);
    for (StreamId id = 1; id <= kMaxStreams; ++id)
        host.say(openFrame(id));
    CHECK(refusalOf(host, openFrame(kMaxStreams + 1)) ==
          "the guest sent more than 256 streams on the streams' port");
    CHECK(host.log.opened.size() == kMaxStreams);
}

TEST_CASE("a guest that breaks the rules is refused, and told for what") {
    const auto open = openFrame(5);
    const auto window = dataFrame(5, std::string(kMaxStreamPiece, 'x'));
    const std::vector<std::pair<std::string, std::string>> cases{
        {rawFrame(StreamFrame::Open, 1, "80 a", 0), "a stream of an unknown kind"},
        {rawFrame(StreamFrame::Open, 1, "80 a", 4), "a stream of an unknown kind"},
        {rawFrame(StreamFrame::Open, 1, "80 a", 255), "a stream of an unknown kind"},
        {openFrame(0), "the id of an earlier stream"},
        {open + open, "the id of an earlier stream"},
        {open + openFrame(4), "the id of an earlier stream"},
        {open + resetFrame(5) + open, "the id of an earlier stream"},
        {openFrame(0xffffffff) + openFrame(0), "the id of an earlier stream"},
        {openFrame(1, std::string(kMaxStreamTarget + 1, 'a')), "a target that is too long"},
        {openFrame(1, std::string(1'000'000, 'a')), "a target that is too long"},
        {dataFrame(1, "x"), "a frame for a stream that was never open"},
        {open + dataFrame(6, "x"), "a frame for a stream that was never open"},
        {open + dataFrame(0, "x"), "a frame for a stream that was never open"},
        {open + creditFrame(6, 0), "a frame for a stream that was never open"},
        {open + endFrame(6), "a frame for a stream that was never open"},
        {open + resetFrame(6), "a frame for a stream that was never open"},
        {open + dataFrame(5, ""), "a piece of a wrong size"},
        {open + dataFrame(5, std::string(kMaxStreamPiece + 1, 'x')), "a piece of a wrong size"},
        {open + dataFrame(5, std::string(kMaxPayload - 4, 'x')), "a piece of a wrong size"},
        {open + endFrame(5) + dataFrame(5, "x"), "data after the end of its stream"},
        {open + endFrame(5) + endFrame(5), "the end of a stream twice"},
        {open + window + window + window + window + dataFrame(5, "x"), "more data than it has credit for"},
        {open + creditFrame(5, 1), "more credit than was used"},
        {open + creditFrame(5, 0xffffffff), "more credit than was used"},
        {open + rawFrame(StreamFrame::Credit, 5, "123"), "malformed credit"},
        {open + rawFrame(StreamFrame::Credit, 5, "12345"), "malformed credit"},
        {open + rawFrame(StreamFrame::Credit, 5), "malformed credit"},
        {open + rawFrame(StreamFrame::End, 5, "x"), "a malformed end"},
        {open + rawFrame(StreamFrame::Reset, 5, "x"), "a malformed reset"},
        {rawFrame(StreamFrame::Bye, 1), "a malformed goodbye"},
        {rawFrame(StreamFrame::Bye, 0, "x"), "a malformed goodbye"},
        {open + rawFrame(StreamFrame::Data, 5, "x", 1), "unknown flags"},
        {open + rawFrame(StreamFrame::End, 5, "", 1), "unknown flags"},
        {open + rawFrame(StreamFrame::Reset, 5, "", 128), "unknown flags"},
        {open + rawFrame(StreamFrame::Credit, 5, number(0), 1), "unknown flags"},
        {rawFrame(StreamFrame::Bye, 0, "", 1), "unknown flags"},
        {open + rawFrame(static_cast<StreamFrame>(0), 5), "a frame of an unknown type"},
        {open + rawFrame(static_cast<StreamFrame>(7), 5), "a frame of an unknown type"},
        {open + rawFrame(static_cast<StreamFrame>(255), 5), "a frame of an unknown type"},
        {open + resetFrame(5) + rawFrame(static_cast<StreamFrame>(7), 5), "a frame of an unknown type"},
        {"\0\0\0\0\x01\x01\0\0"s, "a frame without an id"},
        {"\x03\0\0\0\x02\0\0\0abc"s, "a frame without an id"},
    };
    for (const auto& [bytes, what] : cases) {
        // As much as a socket takes at once.
        Peer host(Role::Accepts);
        std::string said;
        for (std::string_view rest = bytes; !rest.empty() && said.empty();) {
            said = refusalOf(host, rest.substr(0, 60'000));
            rest.remove_prefix(std::min<std::size_t>(60'000, rest.size()));
        }
        CHECK(said == "the guest sent " + what + " on the streams' port");
    }
}

TEST_CASE("a frame that is malformed itself is refused", "[A8]") {
    CHECK_THAT(refusal(Role::Accepts, "\x01\0\x10\0\x02\0\0\0"s), Catch::Contains("malformed frame"));
    CHECK_THAT(refusal(Role::Accepts, "\xff\xff\xff\xff\x02\0\0\0"s), Catch::Contains("malformed frame"));
    CHECK_THAT(refusal(Role::Accepts, "\x08\0\0\0\x01\x01\x01\0"s), Catch::Contains("malformed frame"));
    CHECK_THAT(refusal(Role::Accepts, "\x08\0\0\0\x01\x01\0\x01"s), Catch::Contains("malformed frame"));
}

TEST_CASE("a host that opens streams or says goodbye is refused") {
    CHECK(refusal(Role::Opens, openFrame(1)) == "the host sent an unexpected stream on the streams' port");
    CHECK(refusal(Role::Opens, rawFrame(StreamFrame::Bye, 0)) ==
          "the host sent a malformed goodbye on the streams' port");
    CHECK(refusal(Role::Opens, dataFrame(1, "x")) ==
          "the host sent a frame for a stream that was never open on the streams' port");
    Peer guest(Role::Opens);
    REQUIRE(guest.streams.open(StreamKind::Tcp, "80 a") == 1);
    CHECK(refusalOf(guest, dataFrame(2, "x")) ==
          "the host sent a frame for a stream that was never open on the streams' port");
    CHECK(guest.log.opened.empty());
    CHECK(guest.log.byes == 0);
}

TEST_CASE("no more credit is taken than was used") {
    Peer guest(Role::Opens);
    REQUIRE(guest.streams.open(StreamKind::Tcp, "80 a") == 1);
    guest.streams.data(1, std::string(1000, 'x'));
    CHECK(refusalOf(guest, creditFrame(1, 400) + creditFrame(1, 600) + creditFrame(1, 0)).empty());
    CHECK_THAT(refusalOf(guest, creditFrame(1, 1)), Catch::Contains("more credit than was used"));
}

TEST_CASE("the whole window may be sent in one byte pieces, but not a byte more") {
    Peer host(Role::Accepts);
    host.say(openFrame(1));
    std::string pieces;
    for (int i = 0; i < 4096; ++i)
        pieces += dataFrame(1, "x");
    for (std::size_t sent = 0; sent < kStreamWindow; sent += 4096)
        REQUIRE(refusalOf(host, pieces).empty());
    CHECK(host.log.data[1].size() == kStreamWindow);
    CHECK_THAT(refusalOf(host, dataFrame(1, "x")), Catch::Contains("more data than it has credit for"));
}

TEST_CASE("frames that were on their way when a stream was given up are ignored") {
    Peer host(Role::Accepts);
    host.say(openFrame(1) + openFrame(2));
    host.streams.reset(1);
    CHECK(refusalOf(host, dataFrame(1, "late") + creditFrame(1, 5) + endFrame(1) + dataFrame(1, "x") +
                              resetFrame(1) + dataFrame(2, "in time"))
              .empty());
    CHECK(host.log.data == std::map<StreamId, std::string>{{2, "in time"}});
    CHECK(host.log.ended.empty());
    CHECK(host.log.resets.empty());
    CHECK(host.hear() == resetFrame(1));
}

TEST_CASE("frames for a stream that both ends have ended are ignored") {
    Peer guest(Role::Opens);
    REQUIRE(guest.streams.open(StreamKind::Tcp, "80 a") == 1);
    guest.streams.end(1);
    guest.say(endFrame(1) + creditFrame(1, 10) + resetFrame(1));
    CHECK(guest.log.ended.size() == 1);
    CHECK(guest.log.resets.empty());
    CHECK(guest.streams.openStreams() == 0);
}

TEST_CASE("who is told of data may give its stream up, and its end too") {
    Ends ends;
    ends.hostLog.onEach = [&](StreamId id) { ends.host.reset(id); };
    const auto id = ends.open();
    ends.guest.data(id, "x");
    ends.guest.data(id, "y");
    ends.guest.end(id);
    ends.settle();
    CHECK(ends.hostLog.data[id] == "x");
    CHECK(ends.hostLog.ended.empty());
    CHECK(ends.guestLog.resets == std::vector<StreamId>{id});

    ends.hostLog.onEach = {};
    ends.hostLog.onEnded = [&](StreamId ended) { ends.host.end(ended); };
    const auto second = ends.open();
    ends.guest.end(second);
    ends.settle();
    CHECK(ends.guestLog.ended == std::vector<StreamId>{second});
    CHECK(ends.guest.openStreams() + ends.host.openStreams() == 0);
}

TEST_CASE("frames arrive whole though the port cuts them anywhere") {
    Ends ends;
    Peer host(Role::Accepts);
    const auto bytes = openFrame(1, "80 a") + dataFrame(1, std::string(300, 'd')) + endFrame(1) +
                       openFrame(9, "a", StreamKind::Name) + resetFrame(9) + rawFrame(StreamFrame::Bye, 0);
    for (const char byte : bytes)
        host.say({&byte, 1});
    CHECK(host.log.opened.size() == 2);
    CHECK(host.log.data[1] == std::string(300, 'd'));
    CHECK(host.log.ended == std::vector<StreamId>{1});
    CHECK(host.log.resets == std::vector<StreamId>{9});
    CHECK(host.log.byes == 1);
}

TEST_CASE("a goodbye arrives after what was said before it") {
    Ends ends;
    const auto id = ends.open();
    ends.guest.data(id, "and that was all");
    ends.guest.bye();
    ends.settle();
    CHECK(ends.hostLog.data[id] == "and that was all");
    CHECK(ends.hostLog.byes == 1);
}

TEST_CASE("a peer that sends without a pause cannot keep the other end from its work") {
    Peer host(Role::Accepts);
    std::string many;
    for (StreamId id = 1; id <= 200; ++id)
        many += openFrame(id);
    host.write(many);
    host.streams.receive();
    CHECK(host.log.opened.size() < 200);
    CHECK(host.streams.hasMore());
    host.work();
    CHECK(host.log.opened.size() == 200);
    CHECK_FALSE(host.streams.hasMore());
}

TEST_CASE("a peer that does not read is not listened to, and the queue stays short") {
    Peer host(Role::Accepts);
    host.log.onEach = [&](StreamId id) { host.streams.data(id, std::string(40'000, 'a')); };
    host.say(openFrame(1));
    // Each question has an answer, and nobody reads the answers.
    for (int i = 0; i < 100 && (host.streams.events() & POLLIN) != 0; ++i) {
        host.say(dataFrame(1, "?"));
        host.streams.flush();
    }
    CHECK((host.streams.events() & POLLIN) == 0);
    CHECK((host.streams.events() & POLLOUT) != 0);
    const auto answered = host.log.data[1].size();
    const auto queued = host.streams.queued();
    CHECK(queued < kQueueLimit + 50'000);
    host.write(dataFrame(1, "?"));
    host.work();
    CHECK(host.log.data[1].size() == answered);
    CHECK(host.streams.queued() == queued);
    // Once it reads, its question is heard.
    for (int i = 0; i < 10'000 && host.streams.queued() > 0; ++i)
        host.hear();
    REQUIRE(host.streams.queued() == 0);
    CHECK(host.streams.events() == POLLIN);
    host.work();
    CHECK(host.log.data[1].size() == answered + 1);
}

TEST_CASE("no stream is opened while the queue is full") {
    Peer guest(Role::Opens);
    REQUIRE(guest.streams.open(StreamKind::Tcp, "80 a") == 1);
    for (std::size_t queued = 0; queued < kQueueLimit; queued += kStreamWindow)
        guest.streams.data(1, std::string(kStreamWindow, 'x')); // more than room() is, for this test
    CHECK_FALSE(guest.streams.open(StreamKind::Tcp, "80 a"));
    for (int i = 0; i < 10'000 && guest.streams.queued() > 0; ++i)
        guest.hear();
    CHECK(guest.streams.open(StreamKind::Tcp, "80 a") == 2);
}

// poll(2) does not know of frames that were read, but not handled.
TEST_CASE("questions that were read while the queue was full are answered later") {
    Peer host(Role::Accepts);
    host.log.onEach = [&](StreamId id) { host.streams.data(id, std::string(40'000, 'a')); };
    std::string questions = openFrame(1);
    for (int i = 0; i < 60; ++i)
        questions += dataFrame(1, "?");
    host.write(questions);
    // As the owner's loop does, without waiting.
    for (int turn = 0; turn < 10'000; ++turn) {
        host.hear();
        if (isReadable(host.streams.fd()) || host.streams.hasMore()) host.streams.receive();
    }
    CHECK(host.log.data[1].size() == 60);
}

TEST_CASE("a peer that is gone is an error for who reads, and for who writes") {
    Peer host(Role::Accepts);
    host.say(openFrame(1) + dataFrame(1, "x"));
    host.write("\x08\0\0\0"s);
    host.pair.guest.reset();
    CHECK_THROWS_WITH(host.streams.receive(), Catch::Contains("the guest is gone, in the middle of a frame"));

    Peer guest(Role::Opens);
    guest.pair.guest.reset();
    REQUIRE(guest.streams.open(StreamKind::Tcp, "80 a"));
    CHECK_THROWS_WITH(guest.streams.flush(), Catch::Contains("the host is gone"));
    CHECK_THROWS_WITH(guest.streams.receive(), Catch::Contains("the host is gone"));
}

TEST_CASE("what a peer said before it went is still heard") {
    Peer host(Role::Accepts);
    host.write(openFrame(1) + dataFrame(1, "x") + rawFrame(StreamFrame::Bye, 0));
    host.pair.guest.reset();
    CHECK_THROWS_WITH(host.streams.receive(), Catch::Contains("the guest is gone"));
    CHECK(host.log.data[1] == "x");
    CHECK(host.log.byes == 1);
}

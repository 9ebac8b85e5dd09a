#include <catch2/catch.hpp>
#include <cstdint>
#include <sys/socket.h>

#include "tests/network/helper/scene.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using protocol::StreamFrame;
using test::LocalServer;
using test::rawFrame;
using test::Scene;
using Strings = std::vector<std::string>;

namespace {

std::string noise(std::size_t size, unsigned seed) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) {
        seed = seed * 1664525U + 1013904223U;
        byte = static_cast<char>(seed >> 24U);
    }
    return bytes;
}

/// Sends as the credit allows.
void sendAll(Scene& scene, streams::StreamId id, std::string_view bytes) {
    while (!bytes.empty()) {
        scene.until([&] { return scene.guest.streams.room(id) > 0; });
        const auto piece = bytes.substr(0, scene.guest.streams.room(id));
        scene.guest.send(id, piece);
        bytes.remove_prefix(piece.size());
    }
}

/// So that a failure does not print megabytes.
bool same(const std::string& left, const std::string& right) {
    return left == right;
}

} // namespace

TEST_CASE("an allowed connection works both ways, and is recorded when it ends") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, "ping");
    auto& client = scene.accepted();
    scene.until([&] { return client.received == "ping"; });
    client.toSend = "pong!";
    scene.until([&] { return scene.guest.log.data[id] == "pong!"; });
    CHECK(scene.rig.records().empty());
    scene.guest.streams.end(id);
    scene.until([&] { return client.sawEnd; });
    client.endsAfter = true;
    scene.until([&] { return scene.guest.hasEnded(id); });
    CHECK(scene.told(1) == Strings{"done server.test 127.0.0.1 +4 -5"});
    CHECK_FALSE(scene.guest.wasReset(id));
}

TEST_CASE("a permitted address is connected to without a name") {
    Scene scene;
    const auto id = scene.connect("127.0.0.1");
    scene.guest.send(id, "ping");
    auto& client = scene.accepted();
    client.endsAfter = true;
    scene.guest.streams.end(id);
    CHECK(scene.told(1) == Strings{"done 127.0.0.1 127.0.0.1 +4 -0"});
    CHECK(scene.dns.questions.empty());
}

TEST_CASE("a permitted IPv6 address is connected to, by name and without") {
    LocalServer server("::1");
    if (!server.exists()) {
        WARN("there is no IPv6 here");
        return;
    }
    Scene scene([&](NetworkOptions& options, std::uint16_t) {
        options.allow = {"six.test"};
        options.addHosts = {"six.test:[::1]"};
        options.permit = {fmt::format("[::1]:{}", server.port())};
    });
    test::Stage stage({&server, &scene.rig, &scene.guest});
    const auto named = scene.guest.connect(server.port(), "six.test");
    const auto plain = scene.guest.connect(server.port(), "0:0:0:0:0:0:0:1");
    stage.until([&] { return server.clients.size() == 2; });
    for (auto& client : server.clients)
        client.endsAfter = true;
    for (const auto id : {named, plain})
        scene.guest.streams.end(id);
    stage.until([&] { return scene.rig.records().size() == 2; });
    auto told = scene.rig.told();
    std::sort(told.begin(), told.end());
    CHECK(told == Strings{fmt::format("done ::1:{} ::1", server.port()),
                          fmt::format("done six.test:{} ::1", server.port())});
}

TEST_CASE("megabytes arrive whole, both ways at once") {
    Scene scene;
    scene.server.echoes = true;
    const auto bytes = noise(5'000'000, 1);
    const auto id = scene.connect();
    sendAll(scene, id, bytes);
    scene.until([&] { return scene.guest.log.data[id].size() == bytes.size(); });
    CHECK(same(scene.guest.log.data[id], bytes));
    scene.guest.streams.end(id);
    scene.until([&] { return scene.server.clients[0].sawEnd; });
    scene.server.clients[0].endsAfter = true;
    CHECK(scene.told(1) == Strings{"done server.test 127.0.0.1 +5000000 -5000000"});
}

TEST_CASE("a server may answer after the script has sent its last byte") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, "request");
    scene.guest.streams.end(id);
    auto& client = scene.accepted();
    scene.until([&] { return client.sawEnd; });
    CHECK(client.received == "request");
    client.toSend = noise(700'000, 2);
    const auto sent = client.toSend;
    client.endsAfter = true;
    scene.until([&] { return scene.guest.hasEnded(id); });
    CHECK(same(scene.guest.log.data[id], sent));
    CHECK(scene.told(1) == Strings{"done server.test 127.0.0.1 +7 -700000"});
}

TEST_CASE("a server that speaks first is heard before the script says a word") {
    Scene scene;
    scene.server.greeting = "220 ready\r\n";
    const auto id = scene.connect();
    scene.until([&] { return scene.guest.log.data[id] == "220 ready\r\n"; });
    scene.guest.streams.end(id);
    scene.until([&] { return scene.server.clients[0].sawEnd; });
}

TEST_CASE("a server that breaks the connection breaks the script's") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, "x");
    auto& client = scene.accepted();
    scene.until([&] { return client.received == "x"; });
    client.breakOff();
    scene.until([&] { return scene.guest.wasReset(id); });
    CHECK(scene.told(1) == Strings{"broken server.test 127.0.0.1 +1 -0"});
}

TEST_CASE("a script that breaks its connection breaks the server's") {
    Scene scene;
    const auto id = scene.connect();
    auto& client = scene.accepted();
    scene.guest.streams.reset(id);
    scene.until([&] { return client.over(); });
    CHECK(client.error == ECONNRESET);
    CHECK(scene.told(1) == Strings{"broken server.test 127.0.0.1"});
}

TEST_CASE("a script that gives up before its connection is made leaves nothing behind") {
    Scene scene;
    for (int i = 0; i < 20; ++i) {
        const auto id = scene.connect();
        scene.guest.send(id, "x");
        scene.guest.streams.reset(id);
    }
    // What was never made is recorded once.
    CHECK(scene.told(1) == Strings{"broken server.test"});
}

TEST_CASE("a server that is not there is a failure, with its reason") {
    const test::DeadPort dead;
    Scene scene([&](NetworkOptions& options, std::uint16_t) {
        options.allow = {"server.test"};
        options.permit = {"127.0.0.1"};
    });
    const auto id = scene.guest.connect(dead.port, "server.test");
    scene.until([&] { return scene.guest.wasReset(id); });
    CHECK(scene.told(1) ==
          Strings{fmt::format("failed server.test:{} 127.0.0.1: 127.0.0.1: Connection refused", dead.port)});
}

TEST_CASE("a name that is not found, or that the DNS fails for, is recorded as such") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.allow = {"*.test"}; },
                test::FakeDnsServer([](const test::DnsQuestion& question) -> std::optional<test::DnsReply> {
                    return test::DnsReply{question.name == "gone.test" ? test::kNxDomain : test::kServFail};
                }));
    const auto gone = scene.guest.connect(80, "gone.test");
    const auto failed = scene.guest.connect(80, "failed.test");
    scene.until([&] { return scene.guest.wasReset(gone) && scene.guest.wasReset(failed); });
    const auto told = scene.told(2);
    REQUIRE(told.size() == 2);
    CHECK_THAT(told[0], Catch::StartsWith("failed failed.test:80: the DNS says: "));
    CHECK(told[1] == "not-found gone.test:80");
}

TEST_CASE("a name is answered with the ports that it may be connected to") {
    Scene scene([](NetworkOptions& options, std::uint16_t) {
        options.allow = {"server.test:80,443", "any.test"};
        options.permit = {"127.0.0.0/8:1"};
        options.addHosts = {"any.test:127.0.0.1"};
    });
    const auto two = scene.guest.ask("server.test");
    const auto all = scene.guest.ask("any.test");
    scene.until([&] { return scene.guest.hasEnded(two) && scene.guest.hasEnded(all); });
    CHECK(scene.guest.answer(two) == "allowed 80 443");
    CHECK(scene.guest.answer(all) == "allowed");
    scene.settle();
    CHECK(scene.rig.records().empty());
}

TEST_CASE("a name with more ports than fit in an answer is answered as open, and checked later") {
    std::string ports;
    for (int port = 1; port <= 1001; ++port)
        ports += fmt::format("{}{}", port == 1 ? "" : ",", port);
    Scene scene([&](NetworkOptions& options, std::uint16_t) { options.allow = {"server.test:" + ports}; });
    const auto id = scene.guest.ask("server.test");
    scene.until([&] { return scene.guest.hasEnded(id); });
    CHECK(scene.guest.answer(id) == "allowed");
    scene.guest.connect(1002, "server.test");
    CHECK(scene.told(1) == Strings{"not-allowed server.test:1002"});
}

TEST_CASE("a name that is not found, or that the DNS fails for, is answered as such, and recorded once") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.allow = {"*.test"}; },
                test::FakeDnsServer([](const test::DnsQuestion& question) -> std::optional<test::DnsReply> {
                    return test::DnsReply{question.name == "gone.test" ? test::kNxDomain : test::kServFail};
                }));
    for (int i = 0; i < 3; ++i) {
        const auto gone = scene.guest.ask("gone.test");
        const auto failed = scene.guest.ask("failed.test");
        scene.until([&] { return scene.guest.hasEnded(gone) && scene.guest.hasEnded(failed); });
        CHECK(scene.guest.answer(gone) == "not found");
        CHECK(scene.guest.answer(failed) == "failed");
    }
    const auto told = scene.told(2);
    REQUIRE(told.size() == 2);
    CHECK_THAT(told[0], Catch::StartsWith("failed failed.test:0: the DNS says: "));
    CHECK(told[1] == "not-found gone.test:0");
}

TEST_CASE("two hundred connections at once do not disturb each other") {
    Scene scene;
    scene.server.echoes = true;
    std::map<streams::StreamId, std::string> sent;
    for (unsigned i = 0; i < 200; ++i)
        sent[scene.connect()] = noise(20'000, i);
    for (const auto& [id, bytes] : sent)
        sendAll(scene, id, bytes);
    for (const auto& [id, bytes] : sent) {
        scene.until(
            [&, stream = id, size = bytes.size()] { return scene.guest.log.data[stream].size() == size; });
        CHECK(same(scene.guest.log.data[id], bytes));
    }
}

TEST_CASE("a guest that does not read stops the servers, and is served once it reads") {
    Scene scene;
    scene.server.greeting = noise(std::size_t{8} << 20, 3);
    scene.guest.reads = false;
    std::vector<streams::StreamId> ids;
    for (int i = 0; i < 8; ++i)
        ids.push_back(scene.connect());
    const auto progress = [&] {
        std::size_t total = 0;
        for (const auto& client : scene.server.clients)
            total += client.sent;
        return total;
    };
    scene.until([&] { return scene.server.clients.size() == 8; });
    // Until nothing moves any more.
    int quiet = 0;
    std::size_t before = 0;
    scene.until([&] {
        quiet = progress() == std::exchange(before, progress()) ? quiet + 1 : 0;
        return quiet == 10;
    });
    for (const auto& client : scene.server.clients)
        CHECK(client.sent < std::size_t{8} << 20);
    scene.guest.reads = true;
    scene.until([&] {
        return std::all_of(ids.begin(), ids.end(),
                           [&](auto id) { return scene.guest.log.data[id].size() == std::size_t{8} << 20; });
    });
    for (const auto id : ids)
        CHECK(same(scene.guest.log.data[id], scene.server.greeting));
}

TEST_CASE("a stream that the script does not read does not hold up the others") {
    Scene scene;
    const auto stuck = scene.connect();
    auto& flood = scene.accepted();
    scene.guest.grants = false;
    flood.toSend = noise(3'000'000, 4);
    scene.until([&] { return scene.guest.log.data[stuck].size() == protocol::kStreamWindow; });
    const auto lively = scene.connect();
    scene.guest.send(lively, "ping");
    auto& client = scene.accepted();
    scene.until([&] { return client.received == "ping"; });
    client.toSend = "pong";
    scene.until([&] { return scene.guest.log.data[lively] == "pong"; });
    CHECK(scene.guest.log.data[stuck].size() == protocol::kStreamWindow);
}

TEST_CASE("the connections of a script that has ended are ended, and recorded") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, "x");
    auto& client = scene.accepted();
    scene.until([&] { return client.received == "x"; });
    scene.finish();
    CHECK(scene.rig.failure().empty());
    CHECK(scene.shown() == Strings{"done server.test 127.0.0.1 +1 -0"});
    scene.until([&] { return client.over(); });
}

TEST_CASE("what a script sent before it ended is delivered") {
    Scene scene;
    scene.server.echoes = true;
    const auto id = scene.connect();
    scene.guest.send(id, "x");
    scene.until([&] { return scene.guest.log.data[id] == "x"; });
    scene.server.reads = false;
    scene.rig.stop();
    const auto bytes = noise(50'000, 5);
    sendAll(scene, id, bytes);
    scene.guest.streams.end(id);
    scene.finish();
    scene.server.reads = true;
    scene.until([&] { return scene.server.clients[0].over(); });
    CHECK(same(scene.server.clients[0].received, "x" + bytes));
    CHECK(scene.shown() == Strings{"done server.test 127.0.0.1 +50001 -1"});
}

TEST_CASE("what a script sent before it ended is delivered to a server that reads slowly") {
    Scene scene;
    scene.server.reads = false;
    const auto id = scene.connect();
    scene.accepted();
    const auto bytes = noise(400'000, 5);
    sendAll(scene, id, bytes);
    scene.guest.streams.end(id);
    scene.guest.streams.bye();
    scene.until([&] { return scene.guest.streams.queued() == 0; });
    scene.rig.stop();
    // The relay has all of it, and the kernel more than the server's socket takes.
    int quiet = 0;
    scene.until([&] { return ++quiet == 5; });
    CHECK_FALSE(scene.rig.ended());
    scene.server.reads = true;
    scene.until([&] { return scene.server.clients[0].over() && scene.rig.ended(); });
    CHECK(scene.shown() == Strings{"done server.test 127.0.0.1 +400000 -0"});
    CHECK(same(scene.server.clients[0].received, bytes));
    CHECK(scene.server.clients[0].sawEnd);
}

TEST_CASE("an end that a script sent before it ended is delivered") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, "x");
    auto& client = scene.accepted();
    scene.until([&] { return client.received == "x"; });
    scene.rig.stop();
    scene.guest.streams.end(id);
    scene.finish();
    scene.until([&] { return client.over(); });
    CHECK(client.error == 0);
}

TEST_CASE("without a connection a script's end is the relay's end") {
    Scene scene;
    scene.finish();
    CHECK(scene.rig.failure().empty());
    CHECK(scene.rig.records().empty());
}

TEST_CASE("a guest that is gone ends the relay") {
    Scene scene;
    const auto id = scene.connect();
    auto& client = scene.accepted();
    CHECK(scene.guest.streams.isOpen(id));
    ::shutdown(scene.guest.streams.fd(), SHUT_RDWR);
    scene.until([&] { return scene.rig.ended() && client.over(); });
    CHECK(scene.rig.failure() == "the guest is gone");
}

TEST_CASE("a guest that breaks the rules ends the relay, and its connections") {
    const std::string bad = GENERATE(
        as<std::string>(), rawFrame(StreamFrame::Open, 1, "80 a", 1), rawFrame(StreamFrame::Data, 999, "x"),
        rawFrame(static_cast<StreamFrame>(77), 1), rawFrame(StreamFrame::Credit, 1, test::number(1)),
        std::string(8, '\xff'), "GET / HTTP/1.1\r\n\r\n");
    Scene scene;
    scene.connect();
    auto& client = scene.accepted();
    REQUIRE(::send(scene.guest.streams.fd(), bad.data(), bad.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bad.size()));
    scene.until([&] { return scene.rig.ended() && client.over(); });
    CHECK_THAT(scene.rig.failure(), Catch::StartsWith("the guest sent "));
}

TEST_CASE("connections that were open when a guest broke the rules are recorded") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, "secret");
    auto& client = scene.accepted();
    scene.until([&] { return client.received == "secret"; });
    ::shutdown(scene.guest.streams.fd(), SHUT_RDWR);
    scene.until([&] { return scene.rig.ended() && client.over(); });
    CHECK(scene.shown() == Strings{"broken server.test 127.0.0.1 +6 -0"});
}

TEST_CASE("more connections than allowed are refused, whatever became of the others") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxConnections = 2; });
    const auto first = scene.connect();
    scene.connect();
    scene.accepted();
    scene.accepted();
    scene.guest.streams.reset(first);
    const auto third = scene.connect();
    scene.until([&] { return scene.guest.wasReset(third); });
    CHECK(scene.told(2) == Strings{"broken server.test 127.0.0.1", "limit server.test"});
    CHECK(scene.server.clients.size() == 2);
}

TEST_CASE("connections that were refused do not count") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxConnections = 1; });
    for (int i = 1; i <= 5; ++i)
        scene.connect(fmt::format("10.0.0.{}", i));
    CHECK(scene.told(5).size() == 5);
    scene.connect();
    scene.accepted();
}

TEST_CASE("without a limit of connections there is none") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxConnections = 0; });
    for (int i = 0; i < 300; ++i) {
        const auto id = scene.connect();
        scene.accepted();
        scene.guest.streams.reset(id);
    }
    CHECK(scene.told(300).size() == 300);
}

TEST_CASE("a connection that exceeds the limit of bytes is broken, in either direction") {
    const bool upload = GENERATE(true, false);
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxBytes = 1'000'000; });
    const auto id = scene.connect();
    auto& client = scene.accepted();
    if (upload) {
        scene.until([&] {
            if (const auto room = scene.guest.streams.room(id)) scene.guest.send(id, std::string(room, 'x'));
            return scene.guest.wasReset(id);
        });
    } else {
        client.toSend = std::string(10'000'000, 'x');
        scene.until([&] { return scene.guest.wasReset(id); });
    }
    scene.until([&] { return scene.rig.records().size() == 1; });
    const auto record = scene.rig.records()[0];
    CHECK(network::name(record.outcome) == "limit");
    CHECK(record.sent + record.received > 1'000'000);
    CHECK(record.sent + record.received < 1'000'000 + 2 * protocol::kStreamWindow);
    scene.until([&] { return client.over(); });
}

TEST_CASE("exactly as many bytes as allowed may be transferred, by all connections together") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxBytes = 2000; });
    scene.server.echoes = true;
    const auto first = scene.connect();
    scene.guest.send(first, std::string(600, 'x'));
    const auto second = scene.connect();
    scene.guest.send(second, std::string(400, 'x'));
    scene.until([&] {
        return scene.guest.log.data[first].size() == 600 && scene.guest.log.data[second].size() == 400;
    });
    scene.settle();
    CHECK(scene.rig.records().empty());
    scene.guest.send(first, "x");
    scene.until([&] { return scene.guest.wasReset(first); });
    CHECK(scene.told(1) == Strings{"limit server.test 127.0.0.1 +601 -600"});
}

TEST_CASE("once the limit of bytes is reached, no new connection receives anything") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxBytes = 1000; });
    scene.server.greeting = std::string(50'000, 'x');
    std::size_t received = 0;
    for (int i = 0; i < 3; ++i) {
        const auto id = scene.connect();
        scene.until([&] { return scene.guest.wasReset(id); });
        if (i > 0) received += scene.guest.log.data[id].size();
    }
    CHECK(received == 0);
}

TEST_CASE("once the limit of bytes is reached, no new connection sends anything") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxBytes = 1000; });
    auto& clients = scene.server.clients;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto id = scene.connect();
        scene.until([&] { return clients.size() > i || scene.guest.wasReset(id); });
        scene.settle();
        scene.guest.send(id, std::string(50'000, 'x'));
        scene.until([&] { return scene.guest.wasReset(id); });
    }
    scene.until([&] {
        return std::all_of(clients.begin(), clients.end(), [](const auto& client) { return client.over(); });
    });
    for (std::size_t i = 1; i < clients.size(); ++i)
        CHECK(clients[i].received.empty());
}

TEST_CASE("each connection that a limit has broken is recorded, with its bytes") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.maxBytes = 1000; });
    const auto first = scene.connect();
    const auto second = scene.connect();
    scene.accepted();
    scene.accepted();
    scene.guest.send(first, std::string(700, 'x'));
    scene.until([&] {
        return scene.server.clients[0].received.size() + scene.server.clients[1].received.size() == 700;
    });
    scene.guest.send(second, std::string(700, 'x'));
    scene.until([&] { return scene.guest.wasReset(second); });
    scene.guest.send(first, "x");
    scene.until([&] { return scene.guest.wasReset(first); });
    scene.settle();
    CHECK(scene.shown() ==
          Strings{"limit server.test 127.0.0.1 +700 -0", "limit server.test 127.0.0.1 +701 -0"});
}

TEST_CASE("with a proxy, the proxy is asked for the name, and the DNS is not") {
    Scene scene([](NetworkOptions& options, std::uint16_t port) {
        options.allow = {"far.test:443"};
        options.permit.clear();
        options.upstreamProxy = fmt::format("http://user:pass@127.0.0.1:{}", port);
    });
    const auto question = scene.guest.ask("far.test");
    const auto id = scene.guest.connect(443, "far.test");
    scene.guest.send(id, "early words");
    auto& proxy = scene.accepted();
    scene.until([&] { return proxy.received.ends_with("\r\n\r\n"); });
    CHECK(proxy.received ==
          "CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\nProxy-Authorization: Basic "
          "dXNlcjpwYXNz\r\n\r\n");
    scene.settle();
    CHECK_THAT(proxy.received, Catch::EndsWith("\r\n\r\n")); // nothing before the proxy's answer
    proxy.received.clear();
    proxy.toSend = "HTTP/1.1 200 OK\r\n\r\nbanner";
    scene.until([&] { return scene.guest.log.data[id] == "banner" && proxy.received == "early words"; });
    proxy.endsAfter = true;
    scene.guest.streams.end(id);
    CHECK(scene.told(1) == Strings{"done far.test:443 +11 -6"});
    CHECK(scene.guest.answer(question) == "allowed 443");
    CHECK(scene.dns.questions.empty());
}

TEST_CASE("a proxy that refuses is a failure, and quoted") {
    Scene scene([](NetworkOptions& options, std::uint16_t port) {
        options.allow = {"far.test:443"};
        options.upstreamProxy = fmt::format("http://127.0.0.1:{}", port);
    });
    scene.server.greeting = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    const auto id = scene.guest.connect(443, "far.test");
    scene.until([&] { return scene.guest.wasReset(id); });
    CHECK(scene.told(1) ==
          Strings{"failed far.test:443: the proxy says \"HTTP/1.1 407 Proxy Authentication Required\""});
}

TEST_CASE("a proxy that is not there, or has no address, is a failure") {
    const test::DeadPort dead;
    Scene gone([&](NetworkOptions& options, std::uint16_t) {
        options.allow = {"far.test:443"};
        options.upstreamProxy = fmt::format("http://127.0.0.1:{}", dead.port);
    });
    gone.guest.connect(443, "far.test");
    CHECK(gone.told(1) == Strings{"failed far.test:443: 127.0.0.1: Connection refused"});

    Scene unknown([&](NetworkOptions& options, std::uint16_t) {
        options.allow = {"far.test:443"};
        options.upstreamProxy = "http://proxy.test:3128";
    });
    unknown.guest.connect(443, "far.test");
    CHECK(unknown.told(1) == Strings{"failed far.test:443: the proxy's name cannot be resolved"});
    CHECK(unknown.dns.askedFor("proxy.test") == 1);
}

TEST_CASE("a proxy may have a name, and opens nothing that is refused") {
    Scene scene([](NetworkOptions& options, std::uint16_t port) {
        options.allow = {"far.test:443"};
        options.permit.clear();
        options.addHosts = {"proxy.test:127.0.0.1"};
        options.upstreamProxy = fmt::format("http://proxy.test:{}", port);
    });
    scene.guest.connect(443, "other.test");
    scene.guest.connect(80, "far.test");
    scene.guest.connect(443, "127.0.0.1");
    CHECK(scene.told(3) == Strings{"not-allowed far.test:80", "not-allowed other.test:443",
                                   "not-public 127.0.0.1:443 127.0.0.1"});
    CHECK(scene.server.clients.empty());
    scene.guest.connect(443, "far.test");
    scene.accepted();
}

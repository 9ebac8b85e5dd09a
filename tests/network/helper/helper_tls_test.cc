#include <catch2/catch.hpp>
#include <cstdint>

#include "tests/network/helper/scene.hh"
#include "tests/network/helper/tls_hello.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using test::Scene;
using test::tlsHello;
using Strings = std::vector<std::string>;

namespace {

/// What becomes of a connection to server.test with these first words. "accepted" if they arrive.
std::string fateOf(const std::string& words) {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, words);
    auto& client = scene.accepted();
    scene.until([&] { return client.received == words || scene.guest.wasReset(id); });
    if (client.received == words) return "accepted";
    CHECK(client.received.empty());
    scene.until([&] { return client.over(); });
    CHECK(client.received.empty());
    const auto told = scene.told(1);
    CHECK(told.size() == 1);
    return told.at(0);
}

} // namespace

TEST_CASE("TLS for the name that was connected to passes, and the log has its server name") {
    Scene scene;
    const auto id = scene.connect();
    const auto hello = tlsHello("server.test");
    scene.guest.send(id, hello);
    auto& client = scene.accepted();
    scene.until([&] { return client.received == hello; });
    client.toSend = "server hello";
    scene.until([&] { return scene.guest.log.data[id] == "server hello"; });
    scene.guest.send(id, "more");
    scene.guest.streams.end(id);
    scene.until([&] { return client.sawEnd; });
    CHECK(client.received == hello + "more");
    client.endsAfter = true;
    CHECK(scene.told(1) ==
          Strings{fmt::format("done server.test 127.0.0.1 +{} -12 tls=server.test", hello.size() + 4)});
}

TEST_CASE("a server name may be written in capitals, or with a dot at its end") {
    CHECK(fateOf(tlsHello("Server.TEST")) == "accepted");
    CHECK(fateOf(tlsHello("server.test.")) == "accepted");
    CHECK(fateOf(tlsHello("server.test") + "and early data") == "accepted");
}

TEST_CASE("TLS for another name, or for none, sends nothing to the server") {
    CHECK(fateOf(tlsHello("other.test")) == "tls-name server.test 127.0.0.1 tls=other.test");
    CHECK(fateOf(tlsHello("sub.server.test")) == "tls-name server.test 127.0.0.1 tls=sub.server.test");
    CHECK(fateOf(tlsHello("test")) == "tls-name server.test 127.0.0.1 tls=test");
    CHECK(fateOf(tlsHello("")) == "tls-name server.test 127.0.0.1");
    CHECK(fateOf(tlsHello("127.0.0.1")) == "tls-name server.test 127.0.0.1 tls=127.0.0.1");
    CHECK(fateOf(tlsHello("server.test ")) == "tls-name server.test 127.0.0.1 tls=server.test ");
    CHECK(fateOf(tlsHello("server.test..")) == "tls-name server.test 127.0.0.1 tls=server.test..");
    CHECK(fateOf(tlsHello("\x1b[31m")) == "tls-name server.test 127.0.0.1 tls=\x1b[31m");
}

TEST_CASE("TLS that is malformed sends nothing to the server") {
    auto two = tlsHello("server.test");
    two[5] = 2; // a server's hello
    CHECK(fateOf(two) == "tls-name server.test 127.0.0.1");
    CHECK(fateOf(std::string("\x16\x03\x01\x00\x00", 5)) == "tls-name server.test 127.0.0.1");
    CHECK(fateOf("\x16\x03\x01\xff\xff") == "tls-name server.test 127.0.0.1");
    const auto message = tlsHello("server.test").substr(5);
    const auto split = "\x16\x03\x01" + test::sizedBytes(2, message.substr(0, 9));
    CHECK(fateOf(split + "\x17\x03\x03") == "tls-name server.test 127.0.0.1"); // no handshake record
}

TEST_CASE("what is not TLS passes") {
    CHECK(fateOf("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n") == "accepted");
    CHECK(fateOf("SSH-2.0-OpenSSH\r\n") == "accepted");
    CHECK(fateOf(std::string(1, '\0')) == "accepted");
    CHECK(fateOf(std::string("\x16\x02", 2)) == "accepted"); // TLS has the version 3.x
    CHECK(fateOf("x" + tlsHello("other.test")) == "accepted");
}

TEST_CASE("a hello that comes byte for byte is held until its name is known") {
    const bool isRight = GENERATE(true, false);
    Scene scene;
    const auto hello = tlsHello(isRight ? "server.test" : "other.test");
    const auto id = scene.connect();
    auto& client = scene.accepted();
    for (std::size_t i = 0; i + 1 < hello.size(); ++i) {
        scene.guest.send(id, hello.substr(i, 1));
        if (i % 16 == 0) scene.settle();
    }
    scene.settle();
    CHECK(client.received.empty());
    CHECK(scene.rig.records().empty());
    scene.guest.send(id, hello.substr(hello.size() - 1));
    if (isRight) {
        scene.until([&] { return client.received == hello; });
    } else {
        CHECK(scene.told(1) == Strings{"tls-name server.test 127.0.0.1 tls=other.test"});
        scene.until([&] { return client.over(); });
        CHECK(client.received.empty());
    }
}

TEST_CASE("a hello that never completes sends nothing to the server, which may still speak") {
    Scene scene;
    const auto id = scene.connect();
    auto& client = scene.accepted();
    scene.guest.send(id, tlsHello("server.test").substr(0, 60));
    client.toSend = "hurry up";
    scene.until([&] { return scene.guest.log.data[id] == "hurry up"; });
    scene.settle();
    CHECK(client.received.empty());
    CHECK(scene.rig.records().empty());
    scene.guest.streams.reset(id);
    scene.until([&] { return client.over(); });
    CHECK(client.received.empty());
    CHECK(scene.told(1) == Strings{"broken server.test 127.0.0.1 +0 -8"});
}

TEST_CASE("a hello that breaks off sends nothing to the server, and is told as TLS without a name") {
    Scene scene;
    const auto id = scene.connect();
    auto& client = scene.accepted();
    scene.guest.send(id, tlsHello("server.test").substr(0, 60));
    scene.settle();
    scene.guest.streams.end(id);
    CHECK(scene.told(1) == Strings{"tls-name server.test 127.0.0.1"});
    scene.until([&] { return client.over(); });
    CHECK(client.received.empty());
}

TEST_CASE("a hello that breaks off before the server has answered is told, too") {
    Scene scene;
    const auto id = scene.connect();
    scene.guest.send(id, tlsHello("server.test").substr(0, 60));
    scene.guest.streams.end(id);
    scene.accepted();
    scene.settle();
    CHECK(scene.shown() == Strings{"tls-name server.test 127.0.0.1"});
}

TEST_CASE("a hello of the largest size passes, and a larger one does not") {
    const auto padded = [](std::size_t size) {
        const auto name = '\0' + test::sizedBytes(2, "server.test");
        const auto body = "\x03\x03" + std::string(32, 'r') + std::string("\0\0\x02\x13\x01\x01\0", 7);
        auto extensions = std::string("\0\0", 2) + test::sizedBytes(2, test::sizedBytes(2, name));
        const auto used = 4 + body.size() + 2 + extensions.size() + 4;
        extensions += std::string("\0\x15", 2) + test::sizedBytes(2, std::string(size - used, '\0'));
        const auto message = "\x01" + test::sizedBytes(3, body + test::sizedBytes(2, extensions));
        std::string records;
        for (std::size_t at = 0; at < message.size(); at += 16000)
            records += "\x16\x03\x01" + test::sizedBytes(2, message.substr(at, 16000));
        return records;
    };
    for (const std::size_t size : {65'000, 65'540}) {
        Scene scene;
        const auto id = scene.connect();
        const auto hello = padded(size);
        for (std::size_t at = 0; at < hello.size(); at += 60'000)
            scene.guest.send(id, std::string_view(hello).substr(at, 60'000));
        auto& client = scene.accepted();
        scene.until([&] { return client.received == hello; });
    }
    // A header is enough to know that it is too large.
    CHECK(fateOf(std::string("\x16\x03\x01\x40\x00\x01\x01\x00\x01", 9)) == "tls-name server.test 127.0.0.1");
}

TEST_CASE("a connection to an address is not checked, but its server name is recorded") {
    Scene scene;
    const auto id = scene.connect("127.0.0.1");
    const auto hello = tlsHello("any.test");
    scene.guest.send(id, hello);
    auto& client = scene.accepted();
    scene.until([&] { return client.received == hello; });
    scene.guest.streams.end(id);
    client.endsAfter = true;
    CHECK(scene.told(1) ==
          Strings{fmt::format("done 127.0.0.1 127.0.0.1 +{} -0 tls=any.test", hello.size())});
}

TEST_CASE("the server name of a connection to an address is recorded if the hello comes in pieces") {
    Scene scene;
    const auto id = scene.connect("127.0.0.1");
    const auto hello = tlsHello("any.test");
    scene.guest.send(id, hello.substr(0, 1));
    auto& client = scene.accepted();
    scene.settle();
    scene.guest.send(id, hello.substr(1));
    scene.guest.streams.end(id);
    client.endsAfter = true;
    CHECK(scene.told(1) ==
          Strings{fmt::format("done 127.0.0.1 127.0.0.1 +{} -0 tls=any.test", hello.size())});
}

TEST_CASE("with a proxy the server name is checked as well, and nothing else reaches the proxy") {
    Scene scene([](NetworkOptions& options, std::uint16_t port) {
        options.allow = {"far.test:443"};
        options.upstreamProxy = fmt::format("http://127.0.0.1:{}", port);
    });
    scene.server.greeting = "HTTP/1.1 200 OK\r\n\r\n";
    const auto id = scene.guest.connect(443, "far.test");
    scene.guest.send(id, tlsHello("other.test"));
    auto& proxy = scene.accepted();
    CHECK(scene.told(1) == Strings{"tls-name far.test:443 tls=other.test"});
    scene.until([&] { return proxy.over(); });
    CHECK_THAT(proxy.received, Catch::EndsWith("\r\n\r\n"));
}

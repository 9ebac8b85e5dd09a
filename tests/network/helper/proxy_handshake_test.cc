#include <catch2/catch.hpp>
#include <cstdint>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network/helper/proxy_handshake.hh"
#include "tests/network/helper/local_server.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using namespace std::string_literals;
using State = ProxyHandshake::State;

namespace {

const std::string kSuccess = "HTTP/1.1 200 Connection established\r\n\r\n";

/// A handshake with a proxy that the test plays.
struct Played {
    explicit Played(const Proxy& proxy = {"proxy.example", 3128, ""}, const std::string& host = "example.org",
                    std::uint16_t port = 443)
        : handshake(own(), proxy, host, port) {}

    int own() {
        ::fcntl(pair.host.get(), F_SETFL, O_NONBLOCK);
        return pair.host.get();
    }
    /// What the proxy is asked.
    std::string request() {
        CHECK(handshake.events() == POLLOUT);
        CHECK(handshake.move() == State::Working);
        CHECK(handshake.events() == POLLIN);
        std::string bytes(10'000, '\0');
        const auto got = ::recv(pair.guest.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        REQUIRE(got > 0);
        return bytes.substr(0, static_cast<std::size_t>(got));
    }
    State answer(std::string_view bytes) {
        REQUIRE(::write(pair.guest.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
        return handshake.move();
    }
    /// What is left in the socket.
    std::string rest() {
        std::string bytes(10'000, '\0');
        const auto got = ::recv(pair.host.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        return got < 0 ? "" : bytes.substr(0, static_cast<std::size_t>(got));
    }

    test::SocketPair pair;
    ProxyHandshake handshake;
};

/// What is said of an answer that is not a success.
std::string failureOf(std::string_view answer) {
    Played played;
    played.request();
    CHECK(played.answer(answer) == State::Failed);
    return played.handshake.failure();
}

} // namespace

TEST_CASE("a proxy is asked for a tunnel to the name that the script wants") {
    CHECK(Played().request() == "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    CHECK(Played({"proxy.example", 3128, ""}, "192.0.2.1", 1).request() ==
          "CONNECT 192.0.2.1:1 HTTP/1.1\r\nHost: 192.0.2.1:1\r\n\r\n");
    CHECK(Played({"proxy.example", 3128, ""}, "2001:db8::1", 65535).request() ==
          "CONNECT [2001:db8::1]:65535 HTTP/1.1\r\nHost: [2001:db8::1]:65535\r\n\r\n");
}

TEST_CASE("credentials go to the proxy in the header of RFC 7617") {
    CHECK(Played({"proxy.example", 3128, "Aladdin:open sesame"}).request() ==
          "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nProxy-Authorization: Basic "
          "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
    CHECK_THAT(Played({"proxy.example", 3128, "u:p\xc3\xbc"}).request(),
               Catch::Contains("Basic dTpww7w=\r\n"));
    const auto header = Played({"proxy.example", 3128, std::string(3000, 'x') + ":"}).request();
    const auto start = header.find("Basic ") + 6;
    CHECK(header.find("\r\n\r\n") - start == 4004); // in one line
}

TEST_CASE("a success opens the tunnel, and takes nothing but the answer from the socket") {
    for (const auto& answer :
         {kSuccess, "HTTP/1.0 200 OK\r\nVia: a\r\nX: y\r\n\r\n"s, "HTTP/1.1 204 \r\n\r\n"s}) {
        Played played;
        played.request();
        CHECK(played.answer(answer) == State::Done);
        CHECK(played.rest().empty());
        CHECK(played.handshake.failure().empty());
    }
}

TEST_CASE("what the server says at once behind the proxy's answer stays in the socket") {
    Played played;
    played.request();
    CHECK(played.answer(kSuccess + "SSH-2.0-banner\r\n\r\nmore") == State::Done);
    CHECK(played.rest() == "SSH-2.0-banner\r\n\r\nmore");
}

TEST_CASE("an answer may come byte for byte, with the tunnel's first byte at its end") {
    Played played;
    played.request();
    for (std::size_t i = 0; i + 1 < kSuccess.size(); ++i)
        REQUIRE(played.answer(kSuccess.substr(i, 1)) == State::Working);
    CHECK(played.answer("\nS") == State::Done);
    CHECK(played.rest() == "S");
}

TEST_CASE("a part of an answer does not wake who waits for the rest of it") {
    test::LocalServer proxy;
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    const auto length = IpAddress::parse("127.0.0.1")->fill(address, proxy.port());
    REQUIRE(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    ProxyHandshake handshake(socket.get(), {"proxy.example", 3128, ""}, "example.org", 443);
    REQUIRE(handshake.move() == State::Working);
    test::Stage stage({&proxy});
    stage.until([&] { return !proxy.clients.empty() && !proxy.clients[0].received.empty(); });
    const auto isReady = [&] {
        pollfd ready{socket.get(), handshake.events(), 0};
        return ::poll(&ready, 1, 0) > 0;
    };
    CHECK_FALSE(isReady());
    proxy.clients[0].toSend = kSuccess.substr(0, 10);
    stage.until(isReady);
    CHECK(handshake.move() == State::Working);
    CHECK_FALSE(isReady());
    proxy.clients[0].toSend = kSuccess.substr(10) + "S";
    stage.until(isReady);
    CHECK(handshake.move() == State::Done);
    CHECK(isReady()); // one byte of the tunnel is enough from now on
}

TEST_CASE("a proxy that refuses is quoted") {
    CHECK(failureOf("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n") ==
          "the proxy says \"HTTP/1.1 407 Proxy Authentication Required\"");
    CHECK(failureOf("HTTP/1.1 503 No\r\n\r\n<html>") == "the proxy says \"HTTP/1.1 503 No\"");
    CHECK(failureOf("HTTP/1.1 302 Found\r\nLocation: a\r\n\r\n") == "the proxy says \"HTTP/1.1 302 Found\"");
    CHECK(failureOf("HTTP/1.1 100 Continue\r\n\r\n") == "the proxy says \"HTTP/1.1 100 Continue\"");
}

TEST_CASE("what is not an answer of HTTP opens no tunnel, and cannot write to a terminal") {
    CHECK(failureOf("\r\n\r\n") == "the proxy says \"\"");
    CHECK(failureOf("SSH-2.0-OpenSSH\r\n\r\n") == "the proxy says \"SSH-2.0-OpenSSH\"");
    CHECK(failureOf("HTTP/2 200\r\n\r\n") == "the proxy says \"HTTP/2 200\"");
    CHECK(failureOf("HTTP/1.1200 OK\r\n\r\n") == "the proxy says \"HTTP/1.1200 OK\"");
    CHECK(failureOf("\x1b[31m\0\r\n\r\n"s) == "the proxy says \"\\x1b[31m\\x00\"");
    CHECK(failureOf(std::string(5000, 'x') + "\r\n\r\n") ==
          "the proxy says \"" + std::string(100, 'x') + "\"");
}

TEST_CASE("an answer without an end is given up at 16 KiB") {
    Played played;
    played.request();
    CHECK(played.answer(std::string(16383, 'x')) == State::Working);
    CHECK(played.answer("x") == State::Failed);
    CHECK(played.handshake.failure() == "the proxy's answer is too long");
}

TEST_CASE("a proxy that goes away without an answer has failed") {
    Played played;
    played.request();
    played.pair.guest.reset();
    CHECK(played.handshake.move() == State::Failed);
    CHECK(played.handshake.failure() == "the proxy ended the connection");
    Played early;
    early.pair.guest.reset();
    CHECK(early.handshake.move() == State::Failed);
    CHECK_THAT(early.handshake.failure(), Catch::StartsWith("the proxy: "));
}

TEST_CASE("a proxy that goes away in the middle of its answer has failed") {
    Played played;
    played.request();
    CHECK(played.answer("HTTP/1.1 200 Conn") == State::Working);
    played.pair.guest.reset();
    auto state = State::Working;
    for (int i = 0; i < 1000 && state == State::Working; ++i)
        state = played.handshake.move();
    CHECK(state == State::Failed);
}

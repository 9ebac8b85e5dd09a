#include <catch2/catch.hpp>
#include <cstdint>

#include "tests/network/helper/scene.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using protocol::StreamKind;
using test::DnsQuestion;
using test::DnsReply;
using test::FakeDnsServer;
using test::Scene;
using Strings = std::vector<std::string>;

namespace {

/// A scene in which every name is allowed, and every public address, but nothing else.
Scene publicScene(const Scene::Zone& zone = {}) {
    return Scene(
        [](NetworkOptions& options, std::uint16_t) {
            options.mode = NetworkMode::Public;
            options.allow.clear();
            options.permit.clear();
        },
        FakeDnsServer(zone));
}

/// What is recorded of a connection that is refused.
std::string refusalOf(Scene& scene, const std::string& host) {
    const auto before = scene.rig.records().size();
    const auto id = scene.connect(host);
    scene.guest.send(id, "let me in");
    scene.until([&] { return scene.guest.wasReset(id) && scene.rig.records().size() > before; });
    scene.settle();
    const auto lines = scene.rig.told();
    REQUIRE(lines.size() == before + 1);
    auto line = lines.back();
    line.erase(line.find(scene.port()), scene.port().size());
    return line;
}

} // namespace

TEST_CASE("no address that is not public is connected to, however it is written") {
    const bool isPublic = GENERATE(true, false);
    Scene scene([&](NetworkOptions& options, std::uint16_t) {
        options.mode = isPublic ? NetworkMode::Public : NetworkMode::Allow;
        if (isPublic) options.allow.clear();
        options.permit.clear();
    });
    for (const std::string address : {"127.0.0.1",
                                      "127.255.255.254",
                                      "169.254.169.254",
                                      "10.0.0.1",
                                      "172.16.0.1",
                                      "192.168.1.1",
                                      "100.64.0.1",
                                      "0.0.0.0",
                                      "0.0.0.1",
                                      "168.63.129.16",
                                      "224.0.0.1",
                                      "255.255.255.255",
                                      "240.0.0.1",
                                      "192.0.0.192",
                                      "198.18.0.2",
                                      "::",
                                      "::1",
                                      "fe80::1",
                                      "fd00::1",
                                      "ff02::1",
                                      "fd00:ec2::254",
                                      "64:ff9b::7f00:1",
                                      "64:ff9b:1::a00:1",
                                      "2002:7f00:1::",
                                      "2001:0:7f00:1::",
                                      "::127.0.0.1",
                                      "::ffff:0:127.0.0.1",
                                      "2606:4700::5efe:7f00:1",
                                      "2606:4700::200:5efe:a00:1"})
        CHECK(refusalOf(scene, address) ==
              fmt::format("not-public {0} {0}", IpAddress::parse(address)->str()));
    // However it is written, an address is shown in one way.
    CHECK(refusalOf(scene, "::ffff:127.0.0.9") == "not-public 127.0.0.9 127.0.0.9");
    CHECK(refusalOf(scene, "::FFFF:7f00:a") == "not-public 127.0.0.10 127.0.0.10");
    CHECK(refusalOf(scene, "0:0:0:0:0:ffff:7f00:000b") == "not-public 127.0.0.11 127.0.0.11");
    CHECK(refusalOf(scene, "FD00:0:0:0:0:0:0:2") == "not-public fd00::2 fd00::2");
    CHECK(scene.server.clients.empty());
}

TEST_CASE(
    "a name that resolves to an address that is not public is refused, for the name and the connection") {
    for (const std::string address : {"127.0.0.1", "169.254.169.254", "10.1.2.3", "0.0.0.0", "::1", "fd00::1",
                                      "fe80::1", "64:ff9b::7f00:1", "2002:a00:1::1"}) {
        auto scene = publicScene({{"evil.test", {address}}});
        const auto question = scene.guest.ask("evil.test");
        scene.until([&] { return scene.guest.hasEnded(question); });
        CHECK(scene.guest.answer(question) == "refused");
        CHECK(scene.told(1) == Strings{"not-public evil.test:0 " + address});
        CHECK(refusalOf(scene, "evil.test") == "not-public evil.test " + address);
    }
}

TEST_CASE("an IPv6 record that has an IPv4 address in it is judged as that address") {
    // ::ffff:a.b.c.d, as a record of type AAAA.
    auto scene = Scene(
        [](NetworkOptions& options, std::uint16_t) {
            options.mode = NetworkMode::Public;
            options.allow.clear();
            options.permit.clear();
            options.addHosts = {"mapped.test:[::ffff:127.0.0.1]"};
        },
        FakeDnsServer(Scene::Zone{}));
    CHECK(refusalOf(scene, "mapped.test") == "not-public mapped.test 127.0.0.1");
    CHECK(scene.server.clients.empty());
}

TEST_CASE("--add-host and the host's own hosts file open no address either") {
    Scene scene([](NetworkOptions& options, std::uint16_t) {
        options.mode = NetworkMode::Public;
        options.allow.clear();
        options.permit.clear();
        options.addHosts = {"given.test:127.0.0.1", "localhost:10.0.0.1"};
    });
    CHECK(refusalOf(scene, "given.test") == "not-public given.test 127.0.0.1");
    CHECK(refusalOf(scene, "localhost") == "not-public localhost 10.0.0.1");
    CHECK(scene.server.clients.empty());
}

TEST_CASE("of several addresses of a name those that are refused are left out") {
    Scene scene({}, FakeDnsServer(Scene::Zone{
                        {"server.test", {"10.0.0.1", "169.254.169.254", "127.0.0.1", "::1", "127.0.0.2"}}}));
    const auto id = scene.connect();
    scene.guest.send(id, "x");
    auto& client = scene.accepted();
    client.endsAfter = true;
    scene.guest.streams.end(id);
    CHECK(scene.told(1) == Strings{"done server.test 127.0.0.1 +1 -0"});
}

TEST_CASE("a permitted address is open at its ports alone") {
    Scene scene([](NetworkOptions& options, std::uint16_t port) {
        options.allow = {"server.test"};
        options.permit = {fmt::format("127.0.0.0/8:{}", port == 1 ? 2 : 1)};
    });
    CHECK(refusalOf(scene, "127.0.0.1") == "not-public 127.0.0.1 127.0.0.1");
    CHECK(refusalOf(scene, "server.test") == "not-public server.test 127.0.0.1");
    // The name itself is of use at another port.
    const auto question = scene.guest.ask("server.test");
    scene.until([&] { return scene.guest.hasEnded(question); });
    CHECK(scene.guest.answer(question) == "allowed");
    CHECK(scene.server.clients.empty());
}

TEST_CASE("an address that is public, but not allowed, is not connected to") {
    Scene scene;
    CHECK(refusalOf(scene, "1.1.1.1") == "not-allowed 1.1.1.1 1.1.1.1");
    CHECK(refusalOf(scene, "::ffff:8.8.8.8") == "not-allowed 8.8.8.8 8.8.8.8");
    CHECK(refusalOf(scene, "2606:4700::1111") == "not-allowed 2606:4700::1111 2606:4700::1111");
}

TEST_CASE("a name or port that is not allowed is refused, and the DNS is not asked") {
    Scene scene;
    CHECK(refusalOf(scene, "other.test") == "not-allowed other.test");
    CHECK(refusalOf(scene, "below.server.test") == "not-allowed below.server.test");
    CHECK(refusalOf(scene, "test") == "not-allowed test");
    const auto port = static_cast<std::uint16_t>(scene.server.port() ^ 1U);
    const auto id = scene.guest.connect(port, "server.test");
    scene.until([&] { return scene.guest.wasReset(id); });
    CHECK(scene.told(4).back() == fmt::format("not-allowed test"));
    CHECK(scene.rig.told().back() == fmt::format("not-allowed server.test:{}", port));
    CHECK(scene.dns.questions.empty());
    CHECK(scene.server.clients.empty());
}

TEST_CASE("a name that is not allowed is answered as refused, is recorded once, and never asked for") {
    Scene scene;
    for (int i = 0; i < 3; ++i) {
        const auto question = scene.guest.ask("other.test");
        scene.until([&] { return scene.guest.hasEnded(question); });
        CHECK(scene.guest.answer(question) == "refused");
        scene.guest.streams.reset(question);
    }
    CHECK(scene.told(1) == Strings{"not-allowed other.test:0"});
    CHECK(scene.dns.questions.empty());
}

TEST_CASE("what is no host name is not found, and neither recorded nor asked for") {
    auto scene = publicScene();
    for (const std::string& name :
         {std::string(), std::string("."), std::string("Server.test"), std::string("server.test."),
          std::string("127.1"), std::string("a b"), std::string("a\0b.test", 8), std::string("\xff"),
          std::string("*.test"), std::string("a/b"), std::string("127.0.0.1"), std::string("::1"),
          std::string(300, 'a'), std::string("-a.test"), std::string("\x1b[31m")}) {
        const auto question = scene.guest.ask(name);
        scene.until([&] { return scene.guest.hasEnded(question); });
        CHECK(scene.guest.answer(question) == "not found");
        scene.guest.streams.reset(question);
    }
    scene.settle();
    CHECK(scene.rig.records().empty());
    CHECK(scene.dns.questions.empty());
}

TEST_CASE("a target that is malformed is given up, and not recorded") {
    auto scene = publicScene({{"server.test", {"127.0.0.1"}}});
    for (const std::string& target : {std::string(),
                                      std::string("80"),
                                      std::string("80 "),
                                      std::string("server.test"),
                                      std::string("0 server.test"),
                                      std::string("080 server.test"),
                                      std::string("65536 server.test"),
                                      std::string("-1 server.test"),
                                      std::string("80  server.test"),
                                      std::string("80 Server.test"),
                                      std::string("80 server.test."),
                                      std::string("80 server.test\n"),
                                      std::string("80 server.test\0", 15),
                                      std::string("80 server.test:80"),
                                      std::string("80 127.1"),
                                      std::string("80 0x7f000001"),
                                      std::string("80 2130706433"),
                                      std::string("80 [::1]"),
                                      std::string("80 fe80::1%lo"),
                                      std::string("80 127.0.0.1 "),
                                      std::string("80 0177.0.0.1"),
                                      std::string("80 \xff\xfe"),
                                      "80 " + std::string(297, 'a')}) {
        INFO(target);
        for (const auto kind : {StreamKind::Tcp, StreamKind::RefusedTcp}) {
            const auto id = scene.guest.streams.open(kind, target);
            REQUIRE(id);
            if (kind == StreamKind::Tcp) {
                scene.until([&] { return scene.guest.wasReset(*id); });
            } else {
                scene.settle();
                scene.guest.streams.reset(*id);
            }
        }
    }
    scene.settle();
    CHECK(scene.rig.records().empty());
    CHECK(scene.dns.questions.empty());
}

TEST_CASE("a target of more than 300 bytes ends the port") {
    auto scene = publicScene();
    REQUIRE(scene.guest.streams.open(StreamKind::Tcp, "80 " + std::string(298, 'a')));
    scene.until([&] { return scene.rig.ended(); });
    CHECK_THAT(scene.rig.failure(), Catch::Contains("a target that is too long"));
}

TEST_CASE("a DNS server that changes its answer after the question gains nothing") {
    for (const bool safeFirst : {true, false}) {
        int asked = 0;
        Scene scene({}, FakeDnsServer([&](const DnsQuestion& question) -> std::optional<DnsReply> {
                        if (question.type != test::kDnsA) return DnsReply{};
                        const bool isSafe = (asked++ == 0) == safeFirst;
                        return FakeDnsServer::addressesOf(question,
                                                          {isSafe ? "127.0.0.1" : "169.254.169.254"});
                    }));
        const auto question = scene.guest.ask("server.test");
        scene.until([&] { return scene.guest.hasEnded(question); });
        CHECK(scene.guest.answer(question) ==
              (safeFirst ? fmt::format("allowed {}", scene.server.port()) : "refused"));
        if (safeFirst) {
            const auto id = scene.connect();
            scene.guest.send(id, "x");
            auto& client = scene.accepted();
            scene.until([&] { return client.received == "x"; });
        } else {
            CHECK(refusalOf(scene, "server.test") == "not-public server.test 169.254.169.254");
            CHECK(scene.server.clients.empty());
        }
        CHECK(asked == 1);
    }
}

TEST_CASE("a DNS server that has a new answer for each connection is checked for each") {
    // Failures are not kept: the first question of each name fails.
    std::map<std::string, int> asked;
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.allow = {"*.test"}; },
                FakeDnsServer([&](const DnsQuestion& question) -> std::optional<DnsReply> {
                    if (question.type != test::kDnsA) return DnsReply{};
                    return FakeDnsServer::addressesOf(
                        question, {asked[question.name]++ == 0 && question.name == "good.test" ? "127.0.0.1"
                                                                                               : "10.0.0.1"});
                }));
    scene.connect("good.test");
    scene.accepted();
    CHECK(refusalOf(scene, "bad.test") == "not-public bad.test 10.0.0.1");
    CHECK(scene.server.clients.size() == 1);
}

TEST_CASE("what the guest refused is recorded once if the rules refuse it too") {
    Scene scene;
    const auto report = [&](const std::string& target) {
        const auto id = scene.guest.streams.open(StreamKind::RefusedTcp, target);
        REQUIRE(id);
        scene.guest.streams.reset(*id);
        scene.settle();
    };
    report("22 server.test");
    report("80 1.1.1.1");
    report("80 169.254.169.254");
    report(fmt::format("{} server.test", scene.server.port()));
    report(fmt::format("{} 127.0.0.1", scene.server.port()));
    report("22 server.test");
    CHECK(scene.shown() == Strings{"not-allowed 1.1.1.1:80 1.1.1.1", "not-allowed server.test:22",
                                   "not-public 169.254.169.254:80 169.254.169.254"});
    CHECK(scene.server.clients.empty());
}

TEST_CASE("data for a question ends the question") {
    Scene scene;
    const auto id = scene.guest.ask("server.test");
    scene.guest.send(id, "and also");
    scene.until([&] { return scene.guest.wasReset(id); });
    scene.settle();
    CHECK(scene.rig.records().empty());
    // So it does for a report.
    const auto report = scene.guest.streams.open(StreamKind::RefusedTcp, "80 10.0.0.1").value();
    scene.guest.send(report, "x");
    scene.until([&] { return scene.guest.wasReset(report); });
    CHECK(scene.told(1) == Strings{"not-public 10.0.0.1:80 10.0.0.1"});
}

TEST_CASE("a question that is given up is not answered") {
    Scene scene({},
                FakeDnsServer([](const DnsQuestion&) -> std::optional<DnsReply> { return std::nullopt; }));
    const auto id = scene.guest.ask("server.test");
    scene.until([&] { return scene.dns.askedFor("server.test") > 0; });
    scene.guest.streams.reset(id);
    scene.settle();
    CHECK(scene.guest.log.data[id].empty());
    scene.finish();
    CHECK(scene.rig.failure().empty());
}

TEST_CASE("256 questions that no server answers do not keep the script's end waiting") {
    Scene scene([](NetworkOptions& options, std::uint16_t) { options.allow = {"*.test"}; },
                FakeDnsServer([](const DnsQuestion&) -> std::optional<DnsReply> { return std::nullopt; }));
    for (std::size_t i = 0; i < protocol::kMaxStreams; ++i)
        scene.guest.ask(fmt::format("a{}.test", i));
    scene.until([&] { return scene.dns.questions.size() >= 100; });
    scene.finish();
    CHECK(scene.rig.failure().empty());
}

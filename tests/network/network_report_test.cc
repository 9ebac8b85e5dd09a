#include <catch2/catch.hpp>
#include <cstdint>

#include <fmt/format.h>

#include "network/network_report.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using Outcome = NetworkConnection::Outcome;
using Strings = std::vector<std::string>;

namespace {

/// A report, and what it says.
struct Told {
    Strings warnings;
    NetworkReport report{[this](const std::string& text) { warnings.push_back(text); }};
};

/// What is said of one connection.
Strings toldOf(NetworkConnection connection) {
    Told told;
    told.report.add(std::move(connection));
    return told.warnings;
}

NetworkConnection refused(Outcome outcome, std::string host, std::uint16_t port, std::string address = {}) {
    return {.host = std::move(host), .port = port, .address = std::move(address), .outcome = outcome};
}

NetworkConnection made(std::string host, std::uint16_t port) {
    return {.host = std::move(host), .port = port, .address = "192.0.2.1", .connected = true};
}

} // namespace

TEST_CASE("connections that were made, broken or to names that do not exist are not worth a word") {
    CHECK(toldOf(refused(Outcome::Done, "example.org", 443)).empty());
    CHECK(toldOf(refused(Outcome::Broken, "example.org", 443)).empty());
    CHECK(toldOf(refused(Outcome::NotFound, "example.org", 0)).empty());
}

TEST_CASE("a host that is not allowed is told, with the option that allows it") {
    CHECK(toldOf(refused(Outcome::NotAllowed, "example.org", 443)) ==
          Strings{"the script may not reach example.org:443; to allow it: --allow example.org:443"});
    CHECK(toldOf(refused(Outcome::NotAllowed, "example.org", 0)) ==
          Strings{"the script may not reach example.org; to allow it: --allow example.org"});
    CHECK(toldOf(refused(Outcome::NotAllowed, "1.1.1.1", 53, "1.1.1.1")) ==
          Strings{"the script may not reach 1.1.1.1:53; to allow it: --allow 1.1.1.1:53"});
    CHECK(toldOf(refused(Outcome::NotAllowed, "2606:4700::1", 53, "2606:4700::1")) ==
          Strings{"the script may not reach [2606:4700::1]:53; to allow it: --allow [2606:4700::1]:53"});
    CHECK(toldOf(refused(Outcome::NotAllowed, "10.0.0.1", 53, "10.0.0.1")) ==
          Strings{"the script may not reach 10.0.0.1:53; to allow it: --permit 10.0.0.1:53"});
}

TEST_CASE("an address that is not public is told with its kind") {
    CHECK(toldOf(refused(Outcome::Floor, "169.254.169.254", 80, "169.254.169.254")) ==
          Strings{"the script may not reach 169.254.169.254:80, a link-local address; to allow it: --permit "
                  "169.254.169.254:80"});
    CHECK(toldOf(refused(Outcome::Floor, "fd00::1", 443, "fd00::1")) ==
          Strings{"the script may not reach [fd00::1]:443, a unique local address; to allow it: --permit "
                  "[fd00::1]:443"});
    CHECK(toldOf(refused(Outcome::Floor, "db.example", 5432, "10.1.2.3")) ==
          Strings{
              "the script may not reach db.example:5432, which is 10.1.2.3, a private address; to allow it: "
              "--permit 10.1.2.3:5432"});
    CHECK(
        toldOf(refused(Outcome::Floor, "db.example", 0, "fd00::1")) ==
        Strings{"the script may not reach db.example, which is fd00::1, a unique local address; to allow it: "
                "--permit fd00::1"});
    CHECK(
        toldOf(refused(Outcome::Floor, "db.example", 1, "8.8.8.8")) ==
        Strings{"the script may not reach db.example:1, which is 8.8.8.8, an address that is not public; to "
                "allow it: --permit 8.8.8.8:1"});
}

TEST_CASE("an address of this host is told as such") {
    CHECK(
        toldOf(refused(Outcome::OwnAddress, "me.example", 22, "9.9.9.9")) ==
        Strings{"the script may not reach me.example:22, which is an address of this host, 9.9.9.9; to allow "
                "it: --permit 9.9.9.9:22"});
    CHECK(
        toldOf(refused(Outcome::OwnAddress, "me.example", 22, "2600::1")) ==
        Strings{"the script may not reach me.example:22, which is an address of this host, 2600::1; to allow "
                "it: --permit [2600::1]:22"});
}

TEST_CASE("TLS for another server is told, with both names") {
    auto connection = refused(Outcome::TlsName, "a.example", 443, "192.0.2.1");
    CHECK(toldOf(connection) ==
          Strings{"the connection to a.example:443 was broken: its TLS names no server"});
    const auto saidOf = [&](const std::string& name) {
        connection.tlsName = name;
        return toldOf(connection);
    };
    const std::string front = "the connection to a.example:443 was broken: its TLS asks for another server, ";
    CHECK(saidOf("b.example") == Strings{front + "b.example"});
    // The script chose it: it must not look like words of ours.
    CHECK(saidOf("b.example; to allow it: --permit 0.0.0.0/0") ==
          Strings{front + "\"b.example; to allow it: --permit 0.0.0.0/0\""});
    CHECK(saidOf(std::string(255, '!')) == Strings{front + "\"" + std::string(100, '!') + "\""});
}

TEST_CASE("a connection that failed is told with its reason") {
    auto connection = refused(Outcome::Failed, "a.example", 443);
    connection.message = "192.0.2.1: Connection refused";
    CHECK(toldOf(connection) ==
          Strings{"the connection to a.example:443 failed: 192.0.2.1: Connection refused"});
}

TEST_CASE("a limit is told once, whatever it stops") {
    Told told;
    told.report.add(refused(Outcome::Limit, "a.example", 443));
    told.report.add(refused(Outcome::Limit, "b.example", 80));
    CHECK(told.warnings ==
          Strings{"the connection to a.example:443 was refused: the limit of --max-connections "
                  "or --max-network-bytes is reached"});
    CHECK(told.report.connections().size() == 2);
}

TEST_CASE("the same refusal is told once, another one again") {
    Told told;
    for (int i = 0; i < 3; ++i) {
        told.report.add(refused(Outcome::NotAllowed, "a.example", 443));
        told.report.add(refused(Outcome::NotAllowed, "a.example", 80));
        told.report.add(refused(Outcome::NotAllowed, "b.example", 443));
        told.report.add(refused(Outcome::Floor, "a.example", 443, "10.0.0.1"));
        told.report.add(refused(Outcome::TlsName, "a.example", 443));
        auto other = refused(Outcome::TlsName, "a.example", 443);
        other.tlsName = "x.example";
        told.report.add(other);
    }
    CHECK(told.warnings.size() == 6);
    CHECK(told.report.connections().size() == 18);
}

TEST_CASE("without a network it is told what the script wanted to reach") {
    Told told;
    told.report.refusedInGuest("example.org", 443);
    told.report.refusedInGuest("example.org", 443);
    told.report.refusedInGuest("example.org", 0);
    told.report.refusedInGuest("10.0.0.1", 80);
    told.report.refusedInGuest("2606:4700::1", 80);
    CHECK(told.warnings ==
          Strings{
              "the script has no network, and wanted to reach example.org:443; to allow it: --allow "
              "example.org:443",
              "the script has no network, and wanted to reach example.org; to allow it: --allow example.org",
              "the script has no network, and wanted to reach 10.0.0.1:80; to allow it: --permit 10.0.0.1:80",
              "the script has no network, and wanted to reach [2606:4700::1]:80; to allow it: --allow "
              "[2606:4700::1]:80"});
    CHECK(told.report.hint() == "--allow example.org:443 --allow example.org --permit 10.0.0.1:80 --allow "
                                "[2606:4700::1]:80, to let the script reach what it was refused");
    REQUIRE(told.report.connections().size() == 5);
    CHECK(told.report.connections()[4].host == "2606:4700::1");
    CHECK(told.report.connections()[4].port == 80);
    CHECK(told.report.connections()[4].outcome == Outcome::NotAllowed);
}

TEST_CASE("DNS over TCP is not a connection that a script wants") {
    Told told;
    told.report.refusedInGuest("127.0.0.53", 53);
    CHECK(told.warnings.empty());
    CHECK(told.report.connections().empty());
}

TEST_CASE("a guest that names no host is not repeated") {
    Told told;
    for (const auto* text :
         {"", "Example.org", "a b", "a;rm -rf", "\x1b[31m", "*.example.org", "-allow", "127.1"})
        told.report.refusedInGuest(text, 80);
    told.report.refusedInGuest(std::string(300, 'a'), 80);
    CHECK(told.warnings.empty());
    CHECK(told.report.connections().empty());
    CHECK(told.report.hint().empty());
}

TEST_CASE("a guest that names many hosts is not repeated for ever") {
    Told told;
    for (int i = 0; i < 15'000; ++i)
        told.report.refusedInGuest(fmt::format("a{}.example", i), 80);
    CHECK(told.warnings.size() == 1000);
    CHECK(told.report.connections().size() == 10'000);
}

TEST_CASE("the hint has each option once, in order, and ten of them at most") {
    Told told;
    CHECK(told.report.hint().empty());
    told.report.add(made("a.example", 443));
    told.report.add(refused(Outcome::TlsName, "a.example", 443));
    told.report.add(refused(Outcome::Limit, "a.example", 443));
    CHECK(told.report.hint().empty());
    told.report.add(refused(Outcome::Floor, "b.example", 80, "10.0.0.1"));
    told.report.add(refused(Outcome::Floor, "c.example", 80, "10.0.0.1"));
    told.report.add(refused(Outcome::NotAllowed, "a.example", 0));
    CHECK(told.report.hint() ==
          "--permit 10.0.0.1:80 --allow a.example, to let the script reach what it was refused");
    for (int i = 1; i <= 8; ++i)
        told.report.add(refused(Outcome::NotAllowed, "d.example", static_cast<std::uint16_t>(i)));
    CHECK_THAT(told.report.hint(), Catch::Contains("--allow d.example:7 --allow d.example:8, to let"));
    told.report.add(refused(Outcome::NotAllowed, "d.example", 9));
    CHECK_THAT(told.report.hint(), Catch::Contains("--allow d.example:8 ..., to let"));
}

TEST_CASE("the options that were needed have a host each, with its ports") {
    Told told;
    for (const std::uint16_t port : {443, 80, 443})
        told.report.add(made("b.example", port));
    told.report.add(made("a.example", 22));
    told.report.add(made("2606:4700::1", 443));
    told.report.add(made("2606:4700::1", 80));
    told.report.add(made("9.9.9.9", 1));
    auto broken = made("broken.example", 443);
    broken.outcome = Outcome::Broken;
    told.report.add(broken);
    CHECK(told.report.neededAllows() == Strings{"[2606:4700::1]:80,443", "9.9.9.9:1", "a.example:22",
                                                "b.example:80,443", "broken.example:443"});
}

TEST_CASE("an address that is not public was reached by --permit, and needs no --allow") {
    Told told;
    told.report.add(made("10.0.0.1", 80));
    told.report.add(made("::1", 80));
    told.report.add(made("a.example", 80));
    CHECK(told.report.neededAllows() == Strings{"a.example:80"});
}

TEST_CASE("what failed, was refused or not found, or only asked for by name, was not needed") {
    Told told;
    for (const auto outcome : {Outcome::Failed, Outcome::NotFound, Outcome::NotAllowed, Outcome::Floor,
                               Outcome::OwnAddress, Outcome::TlsName, Outcome::Limit})
        told.report.add(refused(outcome, "a.example", 443, "10.0.0.1"));
    told.report.add(refused(Outcome::Failed, "b.example", 0));
    CHECK(told.report.neededAllows().empty());
    CHECK(told.report.connections().size() == 8);
}

TEST_CASE("all connections are kept, in order, up to 100,000") {
    Told told;
    for (unsigned i = 0; i < 100'010; ++i)
        told.report.add(made("a.example", static_cast<std::uint16_t>(1 + i % 60'000)));
    CHECK(told.report.connections().size() == 100'000);
    CHECK(told.report.connections()[3].port == 4);
}

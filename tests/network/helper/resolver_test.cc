#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fmt/ranges.h>
#include <poll.h>

#include "network/helper/hosts_file.hh"
#include "network/helper/resolver.hh"
#include "tests/network/helper/fake_dns_server.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using test::DnsQuestion;
using test::DnsReply;
using test::FakeDnsServer;
using Reply = std::optional<DnsReply>;
using Strings = std::vector<std::string>;
using Status = Resolution::Status;

namespace {

/// Lets a resolver work.
class Worker final : public test::Actor {
  public:
    explicit Worker(Resolver& resolver) : m_resolver(resolver) {}
    void addPolls(std::vector<pollfd>& polls) override { m_resolver.addPolls(polls); }
    void work() override {
        std::vector<pollfd> polls;
        m_resolver.addPolls(polls);
        ::poll(polls.data(), polls.size(), 0);
        m_resolver.serve(polls);
    }

  private:
    Resolver& m_resolver;
};

/// A resolver that asks a server of the test.
struct Asking {
    explicit Asking(FakeDnsServer& server, NetworkOptions options = {})
        : rules(with(std::move(options), server)), resolver(rules), worker(resolver),
          stage({&server, &worker}) {}

    static NetworkOptions with(NetworkOptions options, const FakeDnsServer& server) {
        options.mode = NetworkMode::Public;
        if (options.dnsServers.empty()) options.dnsServers = {server.option()};
        return options;
    }
    Resolution resolve(const std::string& name) {
        std::vector<Resolution> done;
        resolver.resolve(name, [&](const Resolution& resolution) { done.push_back(resolution); });
        stage.until([&] { return !done.empty(); });
        CHECK(done.size() == 1);
        return done[0];
    }
    /// "192.0.2.1 192.0.2.2", sorted; "not found" or "failed".
    std::string ask(const std::string& name) {
        const auto resolution = resolve(name);
        CHECK((resolution.status == Status::Failed) != resolution.message.empty());
        CHECK((resolution.status == Status::Found) != resolution.addresses.empty());
        if (resolution.status == Status::NotFound) return "not found";
        if (resolution.status == Status::Failed) return "failed: " + resolution.message;
        Strings texts;
        for (const auto& address : resolution.addresses)
            texts.push_back(address.str());
        std::sort(texts.begin(), texts.end());
        return fmt::format("{}", fmt::join(texts, " "));
    }

    Rules rules;
    Resolver resolver;
    Worker worker;
    test::Stage stage;
};

/// A server that answers each question of a name with these addresses of its type.
FakeDnsServer::Answer always(const Strings& addresses) {
    return [addresses](const DnsQuestion& question) -> Reply {
        return FakeDnsServer::addressesOf(question, addresses);
    };
}

std::string answerOf(FakeDnsServer::Answer answer) {
    FakeDnsServer server(std::move(answer));
    return Asking(server).ask("a.example");
}

} // namespace

TEST_CASE("a name has the addresses that the DNS says, of both kinds") {
    CHECK(answerOf(always({"192.0.2.1"})) == "192.0.2.1");
    CHECK(answerOf(always({"2001:db8::1"})) == "2001:db8::1");
    CHECK(answerOf(always({"192.0.2.1", "2001:db8::1", "192.0.2.2"})) == "192.0.2.1 192.0.2.2 2001:db8::1");
    FakeDnsServer server(always({"192.0.2.1"}));
    Asking asking(server);
    asking.ask("a.b-c.example");
    CHECK(server.askedFor("a.b-c.example", test::kDnsA) == 1);
    CHECK(server.askedFor("a.b-c.example", test::kDnsAaaa) == 1);
    CHECK(server.questions.size() == 2);
}

TEST_CASE("no more than 16 addresses of a name are kept") {
    Strings many;
    for (int i = 1; i <= 25; ++i)
        many.push_back(fmt::format("192.0.2.{}", i));
    FakeDnsServer server(always(many));
    CHECK(Asking(server).resolve("a.example").addresses.size() == 16);
}

TEST_CASE("a name that does not exist, or has no address, is not found") {
    CHECK(answerOf([](const auto&) -> Reply { return DnsReply{test::kNxDomain}; }) == "not found");
    CHECK(answerOf(always({})) == "not found");
}

TEST_CASE("one kind of address is enough, whatever is wrong with the other") {
    for (const unsigned code : {test::kNxDomain, test::kServFail, test::kRefused, 0U}) {
        INFO(code);
        CHECK(answerOf([code](const DnsQuestion& question) -> Reply {
                  if (question.type == test::kDnsAaaa) return DnsReply{code};
                  return FakeDnsServer::addressesOf(question, {"192.0.2.1"});
              }) == "192.0.2.1");
        CHECK(answerOf([code](const DnsQuestion& question) -> Reply {
                  if (question.type == test::kDnsA) return DnsReply{code};
                  return FakeDnsServer::addressesOf(question, {"2001:db8::1"});
              }) == "2001:db8::1");
    }
}

TEST_CASE("a server that fails or refuses is a failure, with a reason, and is asked again") {
    for (const unsigned code : {test::kServFail, test::kRefused}) {
        FakeDnsServer server([code](const auto&) -> Reply { return DnsReply{code}; });
        Asking asking(server);
        CHECK_THAT(asking.ask("a.example"), Catch::StartsWith("failed: the DNS says: "));
        const auto asked = server.questions.size();
        CHECK_THAT(asking.ask("a.example"), Catch::StartsWith("failed: the DNS says: "));
        CHECK(server.questions.size() > asked);
    }
}

TEST_CASE("the next server is asked if the first one fails") {
    FakeDnsServer broken([](const auto&) -> Reply { return DnsReply{test::kServFail}; });
    FakeDnsServer server(always({"192.0.2.1"}));
    Asking asking(server, {.dnsServers = {broken.option(), server.option()}});
    test::Stage stage({&broken, &server, &asking.worker});
    std::string found;
    asking.resolver.resolve("a.example",
                            [&](const Resolution& resolution) { found = resolution.addresses.at(0).str(); });
    stage.until([&] { return !found.empty(); });
    CHECK(found == "192.0.2.1");
    CHECK(broken.askedFor("a.example") > 0);
}

TEST_CASE("a server may be at an IPv6 address") {
    FakeDnsServer server(always({"192.0.2.1"}), "::1");
    if (!server.exists()) {
        WARN("there is no IPv6 here");
        return;
    }
    CHECK(Asking(server).ask("a.example") == "192.0.2.1");
}

TEST_CASE("a name that stands for another one has the addresses of that one") {
    FakeDnsServer server([](const DnsQuestion& question) -> Reply {
        DnsReply reply;
        reply.records = {{question.name, "b.example"}, {"b.example", "c.example"}};
        if (question.type == test::kDnsA) reply.records.push_back({"c.example", "192.0.2.7"});
        return reply;
    });
    CHECK(Asking(server).ask("a.example") == "192.0.2.7");
}

TEST_CASE("an answer that is too long for UDP is asked for over TCP") {
    FakeDnsServer server([](const DnsQuestion& question) -> Reply {
        if (!question.overTcp) return DnsReply{.truncated = true};
        return FakeDnsServer::addressesOf(question, {"192.0.2.1", "2001:db8::1"});
    });
    CHECK(Asking(server).ask("a.example") == "192.0.2.1 2001:db8::1");
    CHECK(std::any_of(server.questions.begin(), server.questions.end(),
                      [](const auto& each) { return each.overTcp; }));
}

TEST_CASE("an answer to another question is not taken") {
    const auto forged = [](std::string_view id) {
        // a.example A 203.0.113.9
        return std::string(id) +
               std::string("\x81\x80\0\1\0\1\0\0\0\0\1a\7example\0\0\1\0\1\1a\7example\0\0\1\0\1\0\0\0\x3c"
                           "\0\4\xcb\0\x71\x09",
                           51);
    };
    for (const auto& before :
         {forged(std::string("\0\0", 2)), forged("\xff\xff"), std::string("x"), std::string(600, '\xff')}) {
        FakeDnsServer server([before](const DnsQuestion& question) -> Reply {
            auto reply = FakeDnsServer::addressesOf(question, {"192.0.2.1"});
            reply.before = before;
            return reply;
        });
        // c-ares gives up, from 1.20 on, at a reply that it cannot read.
        const auto said = Asking(server).ask("a.example");
        CHECK((said == "192.0.2.1" || said == "failed: the DNS says: Misformatted DNS reply"));
    }
}

TEST_CASE("an answer that breaks off is a failure, and not an address") {
    const auto whole = always({"192.0.2.1", "192.0.2.2"});
    // The header and the question have 27 bytes.
    for (std::size_t cut = 28; cut < 27 + 25; ++cut) {
        FakeDnsServer server([&](const DnsQuestion& question) -> Reply {
            auto reply = whole(question);
            reply->cut = cut;
            return reply;
        });
        const auto said = Asking(server).ask("a.example");
        INFO(cut);
        CHECK((said.starts_with("failed: ") || said == "not found"));
    }
    FakeDnsServer server([&](const DnsQuestion& question) -> Reply {
        auto reply = whole(question);
        reply->after = std::string(300, '\xc0');
        return reply;
    });
    CHECK(Asking(server).ask("a.example") == "192.0.2.1 192.0.2.2");
}

TEST_CASE("the records of an answer for other names are not taken") {
    FakeDnsServer server([](const DnsQuestion& question) -> Reply {
        DnsReply reply;
        if (question.type == test::kDnsA)
            reply.records = {{"evil.example", "203.0.113.9"}, {question.name, "192.0.2.1"}};
        return reply;
    });
    // c-ares takes them from 1.20 on. The server could have given them the right name as well.
    const auto said = Asking(server).ask("a.example");
    CHECK((said == "192.0.2.1" || said == "192.0.2.1 203.0.113.9"));
}

TEST_CASE("a name keeps its addresses for a while, though the server changes its mind") {
    int asked = 0;
    FakeDnsServer server([&](const DnsQuestion& question) -> Reply {
        if (question.type == test::kDnsAaaa) return DnsReply{};
        return FakeDnsServer::addressesOf(question, {++asked == 1 ? "192.0.2.1" : "127.0.0.1"});
    });
    Asking asking(server);
    CHECK(asking.ask("a.example") == "192.0.2.1");
    CHECK(asking.ask("a.example") == "192.0.2.1");
    CHECK(asking.ask("b.example") == "127.0.0.1");
    CHECK(asked == 2);
}

TEST_CASE("a name that is not found is not asked for again at once") {
    FakeDnsServer server([](const auto&) -> Reply { return DnsReply{test::kNxDomain}; });
    Asking asking(server);
    CHECK(asking.ask("a.example") == "not found");
    const auto asked = server.questions.size();
    CHECK(asking.ask("a.example") == "not found");
    CHECK(server.questions.size() == asked);
}

TEST_CASE("who asks while a question is on its way has the same answer") {
    FakeDnsServer server(always({"192.0.2.1"}));
    Asking asking(server);
    int answers = 0;
    for (int i = 0; i < 20; ++i)
        asking.resolver.resolve("a.example", [&](const Resolution& resolution) {
            CHECK(resolution.addresses.at(0).str() == "192.0.2.1");
            ++answers;
        });
    asking.stage.until([&] { return answers == 20; });
    CHECK(server.askedFor("a.example") == 1);
    CHECK(asking.resolver.timeout() == -1);
}

TEST_CASE("many names are asked for at once") {
    std::map<std::string, Strings> zone;
    for (int i = 0; i < 100; ++i)
        zone[fmt::format("a{}.example", i)] = {fmt::format("192.0.2.{}", i)};
    FakeDnsServer server(zone);
    Asking asking(server);
    std::map<std::string, std::string> found;
    for (const auto& [name, addresses] : zone)
        asking.resolver.resolve(name, [&, asked = name](const Resolution& resolution) {
            found[asked] = resolution.addresses.at(0).str();
        });
    asking.stage.until([&] { return found.size() == zone.size(); });
    for (const auto& [name, addresses] : zone)
        CHECK(found[name] == addresses[0]);
}

TEST_CASE("--add-host and /etc/hosts come before the DNS, in this order") {
    FakeDnsServer server(always({"192.0.2.99"}));
    const auto hosts = readHostsFile("/etc/hosts");
    Asking asking(server, {.addHosts = {"given.example:10.1.2.3", "six.example:[2001:db8::6]"}});
    CHECK(asking.ask("given.example") == "10.1.2.3");
    CHECK(asking.ask("six.example") == "2001:db8::6");
    CHECK(server.questions.empty());
    CHECK(asking.ask("below.given.example") == "192.0.2.99");
    if (hosts.empty()) {
        WARN("/etc/hosts is empty");
        return;
    }
    const auto& [name, addresses] = *hosts.begin();
    const auto asked = server.questions.size();
    CHECK(asking.resolve(name).addresses == addresses);
    CHECK(server.questions.size() == asked);
    Asking other(server, {.addHosts = {name + ":10.9.9.9"}});
    CHECK(other.ask(name) == "10.9.9.9");
    CHECK(server.questions.size() == asked);
}

TEST_CASE("a search domain of the host is not used") {
    FakeDnsServer server(std::map<std::string, Strings>{{"intranet", {"192.0.2.1"}}});
    ::setenv("LOCALDOMAIN", "corp.example", 1); // as resolv.conf's search
    Asking asking(server);
    ::unsetenv("LOCALDOMAIN");
    CHECK(asking.ask("intranet") == "192.0.2.1");
    CHECK(asking.ask("other") == "not found");
    for (const auto& question : server.questions)
        CHECK(question.name.find('.') == std::string::npos);
}

TEST_CASE("a resolver that goes away forgets what it was asked") {
    FakeDnsServer server([](const auto&) -> Reply { return std::nullopt; });
    bool called = false;
    {
        Asking asking(server);
        asking.resolver.resolve("a.example", [&](const Resolution&) { called = true; });
        asking.stage.until([&] { return server.askedFor("a.example") > 0; });
        CHECK(asking.resolver.timeout() >= 0);
    }
    CHECK_FALSE(called);
}

#include <catch2/catch.hpp>
#include <iterator>
#include <sstream>

#include <rootlayer/error.hh>

#include "network/rules.hh"

using namespace rootlayer;
using namespace rootlayer::network;

namespace {

using Strings = std::vector<std::string>;

constexpr auto kNone = NetworkMode::None;
constexpr auto kAllow = NetworkMode::Allow;
constexpr auto kPublic = NetworkMode::Public;
constexpr auto kAudit = NetworkMode::Audit;

/// The words of a text, apart at blanks.
Strings words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

Rules allowing(Strings values) {
    return Rules({.allow = std::move(values)});
}

Rules permitting(Strings values, NetworkMode mode = kNone) {
    return Rules({.mode = mode, .permit = std::move(values)});
}

Rules withProxy(const std::string& url) {
    return Rules({.mode = kAllow, .upstreamProxy = url});
}

/// "MESSAGE|HINT" of the Error{Usage}; "accepted" if there is none.
std::string failure(const NetworkOptions& options) {
    try {
        const Rules rules(options);
        return "accepted";
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        return error.message() + "|" + error.hint();
    }
}

void checkRefused(const NetworkOptions& options, const std::string& message) {
    CHECK_THAT(failure(options), Catch::StartsWith(message + "|"));
}

} // namespace

TEST_CASE("without options the script reaches nothing") {
    const Rules rules({});
    CHECK(rules.mode() == kNone);
    CHECK_FALSE(rules.portsOf("example.org"));
    CHECK_FALSE(rules.allows("example.org", 443));
    CHECK_FALSE(rules.allowsAddress(ip("1.1.1.1"), 443));
    CHECK_FALSE(rules.addedHost("example.org"));
    CHECK(rules.dnsServers().empty());
    CHECK_FALSE(rules.proxy());
}

TEST_CASE("a name that is allowed is allowed however it is written, and no other is") {
    const auto rules = allowing({"Example.ORG.:443,80"});
    CHECK(rules.mode() == kAllow);
    CHECK(rules.portsOf("example.org") == Ports{80, 443});
    CHECK(rules.allows("EXAMPLE.org.", 443));
    CHECK(rules.allows("example.org", 80));
    CHECK_FALSE(rules.allows("example.org", 22));
    for (const auto* other : {"www.example.org", "badexample.org", "example.org.evil", "org", "", ".", "*",
                              "example.org:443", "example.org/", "1.1.1.1"}) {
        INFO(other);
        CHECK_FALSE(rules.portsOf(other));
        CHECK_FALSE(rules.allows(other, 443));
    }
    CHECK_FALSE(rules.allowsAddress(ip("1.1.1.1"), 443));
}

TEST_CASE("a name without ports is allowed on every port") {
    const auto rules = allowing({"example.org"});
    CHECK(rules.portsOf("example.org") == Ports{});
    CHECK(rules.allows("example.org", 1));
    CHECK(rules.allows("example.org", 65535));
}

TEST_CASE("a wildcard allows the names below it, but not the name itself") {
    const auto rules = allowing({"*.Example.org:443"});
    CHECK(rules.allows("www.example.org", 443));
    CHECK(rules.allows("a.b.EXAMPLE.org.", 443));
    CHECK_FALSE(rules.allows("www.example.org", 80));
    for (const auto* other : {"example.org", "badexample.org", "example.org.evil", ".example.org",
                              "*.example.org", "www.example.com"}) {
        INFO(other);
        CHECK_FALSE(rules.portsOf(other));
    }
}

TEST_CASE("the ports of all matching rules count") {
    const auto rules =
        allowing({"a.example.org:443,22", "*.example.org:80,443", "*.org:8080", "b.example.org"});
    CHECK(rules.portsOf("a.example.org") == Ports{22, 80, 443, 8080});
    CHECK(rules.portsOf("c.example.org") == Ports{80, 443, 8080});
    CHECK(rules.portsOf("b.example.org") == Ports{});
    CHECK(rules.portsOf("example.org") == Ports{8080});
    CHECK_FALSE(rules.allows("c.example.org", 22));
}

TEST_CASE("an address that is allowed is allowed without a name") {
    const auto rules = Rules({.allow = {"192.0.2.1:443", "1.1.1.1", "2001:db8::1", "[2001:db8::2]:80,443",
                                        "[2001:db8::3]", "::ffff:9.9.9.9", "2001:db8::4:443"},
                              // They are no public addresses, but at another port.
                              .permit = {"192.0.2.0/24:1", "[2001:db8::/32]:1"}});
    CHECK(rules.allowsAddress(ip("192.0.2.1"), 443));
    CHECK_FALSE(rules.allowsAddress(ip("192.0.2.1"), 80));
    CHECK_FALSE(rules.allowsAddress(ip("192.0.2.2"), 443));
    CHECK(rules.allowsAddress(ip("::ffff:1.1.1.1"), 7));
    CHECK(rules.allowsAddress(ip("2001:db8::1"), 7));
    CHECK(rules.allowsAddress(ip("2001:db8::2"), 80));
    CHECK_FALSE(rules.allowsAddress(ip("2001:db8::2"), 81));
    CHECK(rules.allowsAddress(ip("2001:db8::3"), 7));
    CHECK(rules.allowsAddress(ip("9.9.9.9"), 7));
    // Without brackets all of it is the address.
    CHECK(rules.allowsAddress(ip("2001:db8::4:443"), 80));
    CHECK_FALSE(rules.allowsAddress(ip("2001:db8::4"), 443));

    CHECK_FALSE(rules.portsOf("192.0.2.1"));
    REQUIRE(rules.allowedAddresses().size() == 7);
    CHECK(rules.allowedAddresses()[3].address == ip("2001:db8::2"));
    CHECK(rules.allowedAddresses()[3].ports == Ports{80, 443});
}

TEST_CASE("what is permitted is not refused, and may be connected to") {
    const auto rules =
        permitting({"10.1.2.3/8:443,80,443", "127.0.0.1:5432", "fd00::/8", "[::1]:53", "[fe80::/10]:1"});
    CHECK(rules.mode() == kAllow);
    CHECK(rules.permits(ip("10.200.0.1"), 80));
    CHECK(rules.allowsAddress(ip("10.200.0.1"), 80));
    CHECK_FALSE(rules.refusal(ip("10.200.0.1"), 80));
    CHECK_FALSE(rules.permits(ip("10.200.0.1"), 81));
    CHECK_FALSE(rules.allowsAddress(ip("10.200.0.1"), 81));
    CHECK(rules.refusal(ip("10.200.0.1"), 81) == "a private address");
    CHECK_FALSE(rules.refusal(ip("127.0.0.1"), 5432));
    CHECK(rules.refusal(ip("127.0.0.2"), 5432) == "a loopback address");
    CHECK_FALSE(rules.refusal(ip("fd12::1"), 22));
    CHECK_FALSE(rules.refusal(ip("::1"), 53));
    CHECK(rules.refusal(ip("::1"), 54) == "a loopback address");
    CHECK_FALSE(rules.refusal(ip("fe80::1"), 1));
    CHECK_FALSE(rules.refusal(ip("1.1.1.1"), 80));
    CHECK_FALSE(rules.allowsAddress(ip("1.1.1.1"), 80));

    REQUIRE(rules.permittedPrefixes().size() == 5);
    CHECK(rules.permittedPrefixes()[0].prefix == IpPrefix::parse("10.0.0.0/8"));
    CHECK(rules.permittedPrefixes()[0].ports == Ports{80, 443});
    CHECK(rules.permittedPrefixes()[2].ports.empty());
}

TEST_CASE("all of IPv6 is permitted without IPv4") {
    const auto rules = permitting({"::/0"});
    CHECK(rules.permits(ip("::1"), 80));
    CHECK_FALSE(rules.permits(ip("127.0.0.1"), 80));
    CHECK(rules.refusal(ip("::ffff:127.0.0.1"), 80) == "a loopback address");
}

TEST_CASE("a public network reaches every public address, and others that are permitted") {
    for (const auto mode : {kPublic, kAudit}) {
        const auto rules = permitting({"10.0.0.0/8:443"}, mode);
        CHECK(rules.mode() == mode);
        CHECK(rules.portsOf("example.org") == Ports{});
        CHECK_FALSE(rules.portsOf("not a name"));
        CHECK(rules.allowsAddress(ip("1.1.1.1"), 80));
        CHECK_FALSE(rules.refusal(ip("1.1.1.1"), 80));
        CHECK_FALSE(rules.refusal(ip("10.0.0.1"), 443));
        CHECK(rules.refusal(ip("10.0.0.1"), 80) == "a private address");
        CHECK(rules.refusal(ip("192.168.0.1"), 443) == "a private address");
    }
}

TEST_CASE("a value of --allow that is no host is refused by name") {
    auto values = words(
        "example.org: example.org:0 example.org:65536 example.org:-1 example.org:+1 example.org:080 "
        "example.org:80, example.org:,80 example.org:80,,443 example.org:0x50 example.org:http :80 127.1 "
        "0x7f.1 1.2.3.256 010.0.0.1 *. *.* *.1 *.10.0.0.1 **.example.org *example.org www.*.org "
        "[1.2.3.4]:80 [example.org]:80 [::1 [::1]80 [::1]: [::1]:0 [] []:80 ::1] [[::1]] ::1:443: "
        "fe80::1%eth0 [fe80::1%1]:80 1:2:3 a:1:2 -a.example");
    for (const auto* withBlank :
         {"", " ", "example.org:80 ", "example.org: 80", " example.org", "exa mple.org"})
        values.emplace_back(withBlank);
    for (const auto& bad : values) {
        INFO(bad);
        checkRefused({.allow = {"example.org", bad}}, "--allow does not take \"" + bad + "\"");
    }
    checkRefused({.allow = {std::string("a\0b", 3)}}, "--allow does not take \"a\\x00b\"");
}

TEST_CASE("a value of --allow that means something else is refused with a hint of it") {
    const auto hint = [](const std::string& value) {
        const auto text = failure({.allow = {value}});
        return text.substr(text.find('|') + 1);
    };
    CHECK(hint("*") == "--network public");
    CHECK(hint("*:443") == "--network public");
    CHECK_THAT(hint("caf\xc3\xa9.example"), Catch::Contains("xn--bcher-kva.example"));
    CHECK_THAT(hint("10.0.0.0/8"), Catch::Contains("--permit"));
    CHECK_THAT(hint("https://example.org/"), Catch::Contains("scheme"));
    CHECK_THAT(hint("example.org:0"), Catch::Contains("--allow example.org:443"));
}

TEST_CASE("a value of --permit that is no prefix is refused by name") {
    for (const std::string bad :
         {"", "example.org", "*", "10.0.0.0/33", "10.0.0.0/8:", "10.0.0.0/8:0", "10.0.0.0/8:80,",
          "10.0.0.0/:80", "2001:db8::/32:443", "[2001:db8::/129]:443", "[2001:db8::]/32", "[10.0.0.0/8]:443",
          "[::1", "10.0.0.0/8:1:2", "/8", "10.0.0.0/8 "}) {
        INFO(bad);
        checkRefused({.permit = {bad}}, "--permit does not take \"" + bad + "\"");
    }
}

TEST_CASE("a name has the address that --add-host gives it") {
    const Rules rules({.mode = kAllow,
                       .addHosts = {"DB.example.:10.1.2.3", "six:2001:db8::1", "bracket:[2001:db8::2]",
                                    "six:2001:DB8::1"}});
    CHECK(rules.addedHost("db.example") == ip("10.1.2.3"));
    CHECK(rules.addedHost("db.EXAMPLE.") == ip("10.1.2.3"));
    CHECK(rules.addedHost("six") == ip("2001:db8::1"));
    CHECK(rules.addedHost("bracket") == ip("2001:db8::2"));
    CHECK_FALSE(rules.addedHost("other.db.example"));
    CHECK_FALSE(rules.addedHost(""));
    CHECK_FALSE(rules.allows("db.example", 443));
    CHECK(rules.refusal(ip("10.1.2.3"), 443) == "a private address");
}

TEST_CASE("a value of --add-host without one name and one address is refused by name") {
    for (const std::string bad :
         {"", ":", "db", "db:", ":10.1.2.3", "db:example.org", "db:10.1.2.3:80", "db:[::1]:80", "db:10.1.2",
          "*.db:10.1.2.3", "10.0.0.1:10.1.2.3", "db:10.0.0.0/8", "db: 10.1.2.3"}) {
        INFO(bad);
        checkRefused({.mode = kAllow, .addHosts = {bad}}, "--add-host does not take \"" + bad + "\"");
    }
    checkRefused({.mode = kAllow, .addHosts = {"db:10.1.2.3", "DB:10.1.2.4"}},
                 "--add-host does not take \"DB:10.1.2.4\"");
}

TEST_CASE("DNS servers have port 53 unless another is given") {
    const Rules rules({.mode = kPublic,
                       .dnsServers = {"192.0.2.53", "127.0.0.1:5353", "2001:db8::53", "[::1]:54", "[::1]"}});
    const auto& servers = rules.dnsServers();
    REQUIRE(servers.size() == 5);
    CHECK((servers[0].address == ip("192.0.2.53") && servers[0].port == 53));
    CHECK((servers[1].address == ip("127.0.0.1") && servers[1].port == 5353));
    CHECK((servers[2].address == ip("2001:db8::53") && servers[2].port == 53));
    CHECK((servers[3].address == ip("::1") && servers[3].port == 54));
    CHECK((servers[4].address == ip("::1") && servers[4].port == 53));
    for (const std::string bad :
         {"", "dns.example", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:53,54", "192.0.2.53:53,53",
          "192.0.2.0/24", "[192.0.2.53]:53", "192.0.2.53:65536"}) {
        INFO(bad);
        checkRefused({.mode = kPublic, .dnsServers = {bad}}, "--dns does not take \"" + bad + "\"");
    }
}

TEST_CASE("a proxy is read from its URL") {
    const auto plain = withProxy("http://Proxy.Example:3128").proxy().value();
    CHECK(plain.host == "proxy.example");
    CHECK(plain.port == 3128);
    CHECK(plain.credentials.empty());

    const auto full = withProxy("http://us%20er:p%40ss:%2f%25%C3%BC@[2001:DB8::1]:8080/").proxy().value();
    CHECK(full.host == "2001:db8::1");
    CHECK(full.port == 8080);
    CHECK(full.credentials == "us er:p@ss:/%\xc3\xbc");

    CHECK(withProxy("http://user@10.0.0.1:3128").proxy()->credentials == "user:");
    CHECK(withProxy("http://user:@10.0.0.1:3128").proxy()->credentials == "user:");
    CHECK(withProxy("http://:token@10.0.0.1:3128").proxy()->credentials == ":token");
    CHECK(withProxy("http://10.0.0.1:3128").proxy()->host == "10.0.0.1");
}

TEST_CASE("a proxy that can't be used is refused, and its password never shown") {
    auto values = words(
        "secret http:// http:/// http://secret http://user:secret http://user:secret@ "
        "http://user:secret@proxy http://user:secret@proxy: http://user:secret@proxy:0 "
        "http://user:secret@proxy:80,81 http://user:secret@proxy:80,80 http://user:secret@proxy:80// "
        "http://user:secret@proxy:80/path http://user:secret@proxy:80?x http://user:secret@proxy:80#x "
        "https://user:secret@proxy:80 socks5://user:secret@proxy:80 HTTP://user:secret@proxy:80 "
        "//user:secret@proxy:80 user:secret@proxy:80 http://user:sec@secret@proxy:80 "
        "http://user:secret/x@proxy:80 http://user:secret%@proxy:80 http://user:secret%4@proxy:80 "
        "http://user:secret%zz@proxy:80 http://user:secret%+1@proxy:80 http://user:secret%00@proxy:80 "
        "http://user:secret%0d%0a@proxy:80 http://user:secret%7f@proxy:80 http://us%3aer:secret@proxy:80 "
        "http://@proxy:80 http://user:secret@2001:db8::1:80 http://user:secret@[10.0.0.1]:80 "
        "http://user:secret\xc3\xbc@proxy:80 http://user:secret@*.proxy:80");
    for (const auto* withBlank :
         {"http://user:secret\n@proxy:80", "http://user:secret @proxy:80", "http://user:secret@pro xy:80"})
        values.emplace_back(withBlank);
    for (const auto& bad : values) {
        INFO(bad);
        const auto text = failure({.mode = kAllow, .upstreamProxy = bad});
        CHECK_THAT(text, Catch::StartsWith("--upstream-proxy does not take "));
        CHECK_THAT(text, !Catch::Contains("secret"));
    }
}

TEST_CASE("options that do not go together are refused") {
    checkRefused({.mode = kPublic, .allow = {"example.org"}},
                 "--allow \"example.org\" does not go with --network public");
    checkRefused({.mode = kAudit, .allow = {"example.org"}},
                 "--allow \"example.org\" does not go with --network audit");
    for (const auto mode : {kNone, kAllow, kPublic})
        checkRefused({.mode = mode, .allowFile = "needed"},
                     "--network-allow-file \"needed\" needs --network audit");
    CHECK(failure({.mode = kAudit, .allowFile = "needed"}) == "accepted");
}

TEST_CASE("without a network, its other options have no effect: a proxy in the environment is there for "
          "every run") {
    for (const NetworkOptions& options :
         {NetworkOptions{.addHosts = {"db:10.1.2.3"}}, NetworkOptions{.dnsServers = {"::1"}},
          NetworkOptions{.upstreamProxy = "http://user:secret@proxy:80"}, NetworkOptions{.maxBytes = 1},
          NetworkOptions{.log = "log"}}) {
        CHECK(failure(options) == "accepted");
        CHECK(Rules(options).mode() == kNone);
    }
}

TEST_CASE("an address that is not public needs --permit, and --allow says so at once") {
    checkRefused({.allow = {"10.1.2.3:443"}},
                 "--allow 10.1.2.3 is a private address, which --allow does not open");
    checkRefused({.allow = {"[::1]:443"}}, "--allow ::1 is a loopback address, which --allow does not open");
    CHECK(failure({.allow = {"10.1.2.3:443"}, .permit = {"10.0.0.0/8"}}) == "accepted");
    CHECK(failure({.allow = {"93.184.216.34"}}) == "accepted");
}

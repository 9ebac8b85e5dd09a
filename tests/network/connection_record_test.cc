#include <catch2/catch.hpp>
#include <cstdint>

#include <fmt/format.h>

#include "network/connection_record.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using namespace std::string_literals;
using Outcome = NetworkConnection::Outcome;

namespace {

constexpr auto kOutcomes = {Outcome::Done,       Outcome::Broken,     Outcome::Failed,
                            Outcome::NotFound,   Outcome::NotAllowed, Outcome::Floor,
                            Outcome::OwnAddress, Outcome::TlsName,    Outcome::Limit};

NetworkConnection whole() {
    return {.host = "example.org",
            .port = 443,
            .address = "2001:db8::1",
            .tlsName = "Example.org",
            .sent = 1234,
            .received = std::uint64_t{1} << 40,
            .outcome = Outcome::Failed,
            .connected = true,
            .message = "2001:db8::1: Connection refused"};
}

/// All of a record, for comparisons.
std::string shown(const NetworkConnection& each) {
    return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", each.host, each.port, each.address, each.tlsName,
                       each.sent, each.received, name(each.outcome), each.connected, each.message);
}

std::string readAndShown(std::string_view line) {
    const auto record = decodeRecord(line);
    return record ? shown(*record) : "none";
}

/// A record that is in order but for one field, given as JSON: "\"port\":80".
bool takes(const std::string& field) {
    std::string line = "{";
    const auto name = field.substr(0, field.find(':'));
    for (const std::string good :
         {R"("host":"a.example")", R"("port":80)", R"("address":"192.0.2.1")", R"("tlsName":"")",
          R"("sent":1)", R"("received":2)", R"("outcome":"done")"})
        if (!good.starts_with(name + ":")) line += good + ",";
    return decodeRecord(line + field + "}").has_value();
}

} // namespace

TEST_CASE("a record of a connection is one line, and read as it was written") {
    const auto line = encodeRecord(whole());
    CHECK(line == R"({"host":"example.org","port":443,"address":"2001:db8::1","tlsName":"Example.org",)"
                  R"("sent":1234,"received":1099511627776,"outcome":"failed","connected":1,)"
                  R"("message":"2001:db8::1: Connection refused"})");
    CHECK(readAndShown(line) == shown(whole()));
    CHECK(encodeRecord({.host = "a", .outcome = Outcome::NotAllowed}) ==
          R"({"host":"a","port":0,"address":"","tlsName":"","sent":0,"received":0,"outcome":"not-allowed",)"
          R"("connected":0})");
}

TEST_CASE("each outcome has a name of its own, and is read by it") {
    std::string names;
    for (const auto outcome : kOutcomes) {
        auto record = whole();
        record.outcome = outcome;
        names += std::string(name(outcome)) + " ";
        CHECK(readAndShown(encodeRecord(record)) == shown(record));
    }
    CHECK(names == "done broken failed not-found not-allowed not-public own-address tls-name limit ");
}

TEST_CASE("a record is about a host name, or an address") {
    for (const auto* host : {"example.org", "localhost", "192.0.2.1", "::1", "_a.b-c.example"})
        CHECK(takes(fmt::format(R"("host":"{}")", host)));
    for (const auto* host :
         {"", "Example.org", "example.org.", "a b", "*.example.org", "127.1", "[::1]", "a:80", "a/b",
          "\\u001b[31m", "a\\n", "a\\u0000b", "caf\xc3\xa9.example", "-a", "1.2.3.4.5"}) {
        INFO(host);
        CHECK_FALSE(takes(fmt::format(R"("host":"{}")", host)));
    }
    CHECK_FALSE(takes(fmt::format(R"("host":"{}")", std::string(254, 'a'))));
    CHECK_FALSE(decodeRecord(R"({"outcome":"done"})"));
}

TEST_CASE("the address of a record is an address, or absent") {
    CHECK(takes(R"("address":"")"));
    CHECK(takes(R"("address":"10.0.0.1")"));
    for (const auto* address :
         {"example.org", "10.0.0.1 ", "10.0.0.1:80", "[::1]", "fe80::1%eth0", "\\n", "300.1.1.1"}) {
        INFO(address);
        CHECK_FALSE(takes(fmt::format(R"("address":"{}")", address)));
    }
}

TEST_CASE("a text that a helper of ours would not write is left out of its record") {
    const auto textsOf = [](const std::string& text) {
        const auto record = decodeRecord(fmt::format(
            "{{\"host\":\"a\",\"outcome\":\"done\",\"tlsName\":\"{0}\",\"message\":\"{0}\"}}", text));
        return record ? record->tlsName + "|" + record->message : "none";
    };
    CHECK(textsOf("plain text, \\\"quoted\\\"") == "plain text, \"quoted\"|plain text, \"quoted\"");
    CHECK(textsOf("caf\xc3\xa9") == "caf\xc3\xa9|caf\xc3\xa9");
    CHECK(textsOf("a\\\\x1b[31m") == "a\\x1b[31m|a\\x1b[31m"); // as it was escaped
    for (const auto* control : {"\\u001b[31m", "a\\nb", "a\\u007fb", "\\u0000"})
        CHECK(textsOf(control) == "|");
    CHECK(textsOf(std::string(1000, 'm')) == std::string(1000, 'm') + "|" + std::string(1000, 'm'));
    CHECK(textsOf(std::string(1001, 'm')) == std::string(1001, 'm') + "|");
    CHECK(textsOf(std::string(1021, 'm')) == "|");
}

TEST_CASE("a record of a helper that was taken over can't write to a terminal") {
    for (const auto* bad : {"a\xc2\x9b"
                            "31m",
                            "\xe2\x80\xae"
                            "gpj",
                            "\xef\xbb\xbf", "\xc2\x85"}) {
        const auto record = decodeRecord(fmt::format(
            "{{\"host\":\"a\",\"outcome\":\"done\",\"tlsName\":\"{0}\",\"message\":\"{0}\"}}", bad));
        if (!record) continue;
        CHECK(record->tlsName.empty());
        CHECK(record->message.empty());
    }
}

TEST_CASE("a message is written in part if it is long") {
    auto record = whole();
    record.message = std::string(5000, 'm');
    CHECK(decodeRecord(encodeRecord(record)).value().message == std::string(250, 'm'));
}

TEST_CASE("a line that is no record is not taken for one") {
    for (const auto& line : {""s,
                             " "s,
                             "null"s,
                             "1"s,
                             "[]"s,
                             "{}"s,
                             "\"done\""s,
                             "{\"outcome\":\"done\""s,
                             encodeRecord(whole()) + "x",
                             encodeRecord(whole()) + encodeRecord(whole()),
                             encodeRecord(whole()).substr(1),
                             "\0"s,
                             "\xff\xfe"s,
                             R"({"host":"a","outcome":"done","host":"b"})"s,
                             R"({"host":"a","outcome":"none"})"s,
                             R"({"host":"a","outcome":"Done"})"s,
                             R"({"host":"a","outcome":""})"s,
                             R"({"host":"a","outcome":0})"s,
                             R"({"host":"a"})"s,
                             R"({"host":["a"],"outcome":"done"})"s,
                             R"({"host":"a\ud800","outcome":"done"})"s,
                             "{\"host\":\"a\xff\",\"outcome\":\"done\"}"s}) {
        INFO(line);
        CHECK_FALSE(decodeRecord(line));
    }
}

TEST_CASE("a line that is huge, deep or full is not read") {
    const auto padded = [](std::size_t size) {
        auto line = encodeRecord(whole());
        return line.insert(1, std::string(size - line.size(), ' '));
    };
    CHECK(decodeRecord(padded(16384)));
    CHECK_FALSE(decodeRecord(padded(16385)));
    CHECK_FALSE(takes(R"("more":[[1]])"));
    CHECK_FALSE(takes(R"("more":[)" + fmt::format("{}", std::string(8000, '[')) + "]"));
    std::string many = R"("more":0)";
    for (int i = 0; i < 23; ++i)
        many += fmt::format(R"(,"more{}":0)", i);
    CHECK(takes(many));
    CHECK_FALSE(takes(many + R"(,"more":0)"));
}

TEST_CASE("a field of a wrong kind is as good as absent") {
    const auto line = [](const char* fields) {
        return readAndShown(fmt::format(R"({{"host":"a","outcome":"done",{}}})", fields));
    };
    const auto bare = "a|0|||0|0|done|false|"s;
    CHECK(line(R"("port":"80","sent":"1","received":null,"tlsName":{},"message":7,"address":[])") == bare);
    CHECK(line(R"("port":true,"sent":[],"received":{},"tlsName":1)") == bare);
    CHECK(line(R"("port":-80,"sent":-1,"received":-0)") == bare);
    CHECK(line(R"("unknown":"field")") == bare);
}

TEST_CASE("the numbers of a record are ports and counts") {
    CHECK(takes(R"("port":0)"));
    CHECK(takes(R"("port":65535)"));
    CHECK_FALSE(takes(R"("port":65536)"));
    CHECK_FALSE(takes(R"("port":4294967376)"));
    const auto counts = [](const char* number) {
        return readAndShown(fmt::format(R"({{"host":"a","outcome":"done","sent":{}}})", number));
    };
    CHECK(counts("18446744073709551615") == "a|0|||18446744073709551615|0|done|false|");
    CHECK(counts("18446744073709551616") == "a|0|||0|0|done|false|");
}

TEST_CASE("a record with a text that had to be escaped is not lost") {
    for (const auto& [odd, shown] : {std::pair("a\\b"s, "a\\\\b"s),
                                     {"a\nb"s, "a\\nb"s},
                                     {"\x1b[31m"s, "\\x1b[31m"s},
                                     {"\xff\xfe"s, "\\xff\\xfe"s},
                                     {"a\0b"s, "a\\x00b"s},
                                     {"\xc2\x9b"s, "\\xc2\\x9b"s}}) {
        auto record = whole();
        record.tlsName = record.message = odd;
        const auto read = decodeRecord(encodeRecord(record));
        REQUIRE(read);
        CHECK(read->tlsName == shown);
        CHECK(read->message == shown);
    }
    auto record = whole();
    record.tlsName = record.message = std::string(250, '\xff');
    CHECK(decodeRecord(encodeRecord(record)).value().tlsName.size() == 1000);
    CHECK(decodeRecord(encodeRecord(record)).value().message.size() == 1000);
}

TEST_CASE("a record that was read is written as it was") {
    for (const auto& odd : {"a\\b"s, "a\nb"s, "\xff"s}) {
        auto record = whole();
        record.tlsName = record.message = odd;
        const auto line = encodeRecord(record);
        CHECK(recordLine(decodeRecord(line).value()) == line);
    }
}

TEST_CASE("what a script chose can't break the line of its record, nor make it too long") {
    for (int byte = 0; byte < 256; ++byte) {
        auto record = whole();
        record.tlsName = record.message = std::string(255, static_cast<char>(byte));
        const auto line = encodeRecord(record);
        CHECK(line.size() < 16384);
        CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < 0x7f; }));
    }
}

TEST_CASE("the helper has the options that it needs, and not the paths") {
    const NetworkOptions options{.mode = NetworkMode::Audit,
                                 .allow = {"*.example.org:80,443", "[2001:db8::1]:22"},
                                 .permit = {"10.0.0.0/8"},
                                 .addHosts = {"db:10.1.2.3"},
                                 .dnsServers = {"127.0.0.1:5353", "[::1]:54"},
                                 .upstreamProxy = "http://us%20er:p%40ss@proxy.example:3128",
                                 .maxConnections = 7,
                                 .maxBytes = UINT64_MAX,
                                 .log = "/secret/log",
                                 .allowFile = "/secret/allow"};
    const auto text = encodeOptions(options);
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, !Catch::Contains("/secret"));
    const auto read = decodeOptions(text);
    CHECK(read.mode == options.mode);
    CHECK(read.allow == options.allow);
    CHECK(read.permit == options.permit);
    CHECK(read.addHosts == options.addHosts);
    CHECK(read.dnsServers == options.dnsServers);
    CHECK(read.upstreamProxy == options.upstreamProxy);
    CHECK(read.maxConnections == options.maxConnections);
    CHECK(read.maxBytes == options.maxBytes);
    CHECK(read.log.empty());
    CHECK(read.allowFile.empty());
    for (const auto mode : {NetworkMode::None, NetworkMode::Allow, NetworkMode::Public, NetworkMode::Audit})
        CHECK(decodeOptions(encodeOptions({.mode = mode})).mode == mode);
}

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "guest-agent/network/dns_message.hh"

using namespace rootlayer::guest;
using namespace std::string_literals;
using Kind = DnsRequest::Kind;

namespace {

// The pieces of a message, as RFC 1035 draws them.
const std::string kHeader = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s; // recursion is desired
const std::string kName = "\x03WwW\x07"
                          "eXample\x03org\x00"s;
const std::string kInA = "\x00\x01\x00\x01"s;
const std::string kInAaaa = "\x00\x1c\x00\x01"s;
const std::string kQuestion = kName + kInA;
const std::string kEdns = "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"s;

Kind kindOf(std::string_view message) {
    return parseDnsQuery(message).kind;
}

/// The kind of a query with these bytes in place of the question.
Kind kindOfQuestion(const std::string& question) {
    return kindOf(kHeader + question);
}

DnsQuery queryOf(const std::string& question) {
    const auto request = parseDnsQuery(kHeader + question);
    REQUIRE(request.kind == Kind::Query);
    return request.query;
}

std::string label(std::size_t size) {
    return std::string(1, static_cast<char>(size)) + std::string(size, 'a');
}

/// A name of 255 bytes is the longest.
std::string nameOf(std::size_t size) {
    return label(63) + label(63) + label(63) + label(size - 3 * 64 - 2) + '\0';
}

std::string changed(std::string message, std::size_t at, int byte) {
    message[at] = static_cast<char>(byte);
    return message;
}

} // namespace

TEST_CASE("a query for a name is read") {
    const auto request = parseDnsQuery(kHeader + kQuestion);
    REQUIRE(request.kind == Kind::Query);
    CHECK(request.query.id == 0x1234);
    CHECK(request.query.recursionDesired);
    CHECK(request.query.name == "www.example.org");
    CHECK_FALSE(request.query.odd);
    CHECK(request.query.type == kTypeA);
    CHECK(request.query.klass == kClassIn);
    CHECK(request.query.question == kQuestion);
    CHECK_FALSE(parseDnsQuery(changed(kHeader, 2, 0) + kQuestion).query.recursionDesired);
}

TEST_CASE("what follows the question is ignored") {
    const auto query = parseDnsQuery(changed(kHeader, 11, 1) + kQuestion + kEdns);
    CHECK(query.kind == Kind::Query);
    CHECK(query.query.question == kQuestion);
    CHECK(kindOfQuestion(kQuestion + "\xff\xff\xff") == Kind::Query);
}

TEST_CASE("the root is a name without labels") {
    const auto query = queryOf("\0"s + kInA);
    CHECK(query.name.empty());
    CHECK_FALSE(query.odd);
}

TEST_CASE("a name with a byte that a text cannot have is odd") {
    for (int byte = 0; byte < 256; ++byte) {
        const auto query = queryOf("\x01"
                                   "a\x02"
                                   "b"s +
                                   static_cast<char>(byte) + '\0' + kInA);
        const bool plain = byte > 0x20 && byte < 0x7f && byte != '.' && byte != '\\';
        INFO(byte);
        CHECK(query.odd != plain);
        CHECK(query.name.size() == (plain ? 4 : 0));
        if (byte >= 'A' && byte <= 'Z') CHECK(query.name == "a.b"s + static_cast<char>(byte + 32));
    }
}

TEST_CASE("what is not a query is not answered") {
    CHECK(kindOf("") == Kind::Drop);
    CHECK(kindOf(kHeader.substr(0, 11)) == Kind::Drop);
    CHECK(kindOf(changed(kHeader, 2, 0x81) + kQuestion) == Kind::Drop);
    CHECK(kindOf(changed(kHeader, 2, 0xa8) + kQuestion) == Kind::Drop);
    const auto whole = kHeader + kQuestion;
    CHECK(kindOf(whole + std::string(65535 - whole.size(), 'x')) == Kind::Query);
    CHECK(kindOf(whole + std::string(65536 - whole.size(), 'x')) == Kind::Drop);
}

TEST_CASE("an operation other than a query is not implemented") {
    for (unsigned opcode = 1; opcode < 16; ++opcode) {
        const auto request = parseDnsQuery(changed(kHeader, 2, static_cast<int>(opcode << 3)));
        CHECK(request.kind == Kind::NotImplemented);
        const auto response = dnsFailure(request.query, DnsFailure::NotImp);
        CHECK(response ==
              "\x12\x34"s + static_cast<char>(0x80 | opcode << 3) + "\x84" + std::string(8, '\0'));
    }
}

TEST_CASE("a request without exactly one question is malformed") {
    CHECK(kindOf(changed(kHeader, 5, 0) + kQuestion) == Kind::Malformed);
    CHECK(kindOf(changed(kHeader, 5, 2) + kQuestion + kQuestion) == Kind::Malformed);
    CHECK(kindOf(changed(kHeader, 4, 1) + kQuestion) == Kind::Malformed);
    const auto request = parseDnsQuery(changed(kHeader, 5, 0));
    CHECK(dnsFailure(request.query, DnsFailure::FormErr) == "\x12\x34\x81\x81"s + std::string(8, '\0'));
}

TEST_CASE("a name has at most 255 bytes, and its labels 63") {
    CHECK(queryOf(nameOf(255) + kInA).name.size() == 253);
    CHECK(kindOfQuestion(nameOf(256) + kInA) == Kind::Malformed);
    CHECK(kindOfQuestion(nameOf(255).substr(0, 254) + label(1) + '\0' + kInA) == Kind::Malformed);
    CHECK(queryOf(label(63) + '\0' + kInA).name.size() == 63);
    CHECK(kindOfQuestion(label(64) + '\0' + kInA) == Kind::Malformed);
}

TEST_CASE("any two bytes at the front of a name are a label, the root or malformed") {
    for (unsigned both = 0; both < 0x10000; ++both) {
        const auto size = both >> 8;
        const auto byte = both & 0xff;
        const auto front = std::string{static_cast<char>(size), static_cast<char>(byte)};
        // What is behind them ends the label that the first announces, if it is one.
        const auto request =
            parseDnsQuery(kHeader + front + std::string(size > 0 ? size - 1 : 0, 'a') + '\0' + kInA);
        if ((request.kind == Kind::Query) != (size <= 63)) FAIL(both);
        if (size == 0 && (request.query.type != byte << 8 || !request.query.name.empty())) FAIL(both);
        if (size > 0 && size <= 63 && !request.query.odd && request.query.name.size() != size) FAIL(both);
        if (size > 63 && request.kind != Kind::Malformed) FAIL(both);
    }
    CHECK(kindOfQuestion("\xc0\x0c"s + kInA) == Kind::Malformed);
    CHECK(kindOfQuestion("\x01"
                         "a\xc0\x0c"s +
                         kInA) == Kind::Malformed);
}

TEST_CASE("a query that is cut off is never taken for a query") {
    const auto message = kHeader + kQuestion;
    for (std::size_t size = 0; size < message.size(); ++size)
        CHECK(kindOf(std::string_view(message).substr(0, size)) ==
              (size < 12 ? Kind::Drop : Kind::Malformed));
}

TEST_CASE("a query with any byte changed has an answer that repeats its question, or none") {
    const auto message = kHeader + kQuestion + kEdns;
    for (std::size_t at = 0; at < message.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            const auto request = parseDnsQuery(changed(message, at, byte));
            if (request.kind != Kind::Query) continue;
            // A response differs from its query in a bit; without it, it is the query again.
            auto response = dnsAnswer(request.query, {"\x01\x02\x03\x04"});
            response[2] = static_cast<char>(response[2] & 0x7f);
            const auto again = parseDnsQuery(response);
            if (again.kind != Kind::Query || again.query.question != request.query.question) FAIL(at);
            if (again.query.name != request.query.name || again.query.id != request.query.id) FAIL(at);
        }
    }
}

TEST_CASE("an answer has a record for each address, and the question as it was asked") {
    const auto query = queryOf(kQuestion);
    CHECK(dnsAnswer(query, {"\x0a\x00\x00\x01"s, "\x0a\x00\x00\x02"s}) ==
          "\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00"s + kQuestion +
              "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x01"s
              "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x02"s);
    CHECK(dnsAnswer(queryOf(kName + kInAaaa), {std::string(16, '\xfd')}) ==
          "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"s + kName + kInAaaa +
              "\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10"s + std::string(16, '\xfd'));
}

TEST_CASE("an answer without addresses, and a failure, have the question alone") {
    const auto query = queryOf(kQuestion);
    CHECK(dnsAnswer(query, {}) == "\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00"s + kQuestion);
    CHECK(dnsFailure(query, DnsFailure::NxDomain) ==
          "\x12\x34\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00"s + kQuestion);
    const auto shy = parseDnsQuery(changed(kHeader, 2, 0) + kQuestion);
    CHECK(dnsFailure(shy.query, DnsFailure::Refused).substr(0, 4) == "\x12\x34\x80\x85");
}

TEST_CASE("an answer has room for 8 addresses, and never more than 512 bytes") {
    const auto query = queryOf(nameOf(255) + kInAaaa);
    const auto answer = dnsAnswer(query, std::vector<std::string>(8, std::string(16, 'x')));
    CHECK(answer.size() == 12 + 259 + 8 * 28);
    CHECK(dnsAnswer(query, std::vector<std::string>(9, std::string(16, 'x'))) == answer);
    CHECK(dnsAnswer(query, {std::string(1000, 'x')}) == dnsAnswer(query, {}));
}

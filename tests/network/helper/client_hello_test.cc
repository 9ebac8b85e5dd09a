#include <catch2/catch.hpp>

#include <charconv>
#include <string>
#include <string_view>

#include "network/helper/client_hello.hh"

using namespace rootlayer::network;
using namespace std::string_literals;
using State = ClientHello::State;

namespace {

std::string bytesOf(std::string_view hex) {
    std::string bytes;
    for (; !hex.empty(); hex.remove_prefix(2)) {
        unsigned char byte = 0;
        std::from_chars(hex.data(), hex.data() + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

constexpr std::size_t kMaxRecord = 16640;

// OpenSSL's, by Python's ssl module.
const std::string kTls13 = bytesOf(
    "16030100f9010000f503039e28816da34d20eb8675579e06352e12f02dd6d84f64b542fee9378ff0dadd5220024709a364f4"
    "55c5c41f3b8fdbd7089680887df7ae1148a9f6b663fb88ae02d5000813021303130100ff010000a400000019001700001472"
    "656769737472792e6578616d706c652e6f7267000b000403000102000a00160014001d0017001e0019001801000101010201"
    "030104002300000016000000170000000d001e001c040305030603080708080809080a080b08040805080604010501060100"
    "2b0003020304002d00020101003300260024001d0020a8a8916e98a91f9d78592090bc35c0a2f8bb400872d393cf1af2f8ee"
    "6421ea34");
const std::string kTls13WithoutName = bytesOf(
    "16030100dc010000d80303ee033b8d54663df6ecabe1c6670f053e44ede2dbbfedb2c1e9c65934e8a9891720217ae61815ef"
    "a44aae3728082114b308ce84da02ddeae8036acd36f5227ea541000813021303130100ff01000087000b000403000102000a"
    "00160014001d0017001e0019001801000101010201030104002300000016000000170000000d001e001c0403050306030807"
    "08080809080a080b080408050806040105010601002b0003020304002d00020101003300260024001d0020d7daf9ea0478b8"
    "12aadc05f90b9947fc915f41358d1a0ac4422f84a0bfac1338");
const std::string kTls12 = bytesOf(
    "16030100a00100009c03036f62d3dd7302040e226fe01afcbe298ba5210d59180a9c0364a49ef154a310ba000004c02f00ff"
    "0100006f00000019001700001472656769737472792e6578616d706c652e6f7267000b000403000102000a000c000a001d00"
    "17001e00190018002300000016000000170000000d002a0028040305030603080708080809080a080b080408050806040105"
    "010601030303010302040205020602");
const std::string kTls12WithoutName = bytesOf(
    "16030100830100007f0303a8114166e5527bc5356e2d9f4dac114e17ac94e15c446654cdc7d6a1a3c24841000004c02f00ff"
    "01000052000b000403000102000a000c000a001d0017001e00190018002300000016000000170000000d002a002804030503"
    "0603080708080809080a080b080408050806040105010601030303010302040205020602");

State stateOf(std::string_view bytes) {
    return readClientHello(bytes).state;
}

std::string number(std::size_t value, std::size_t width) {
    std::string bytes;
    while (width-- > 0)
        bytes += static_cast<char>((value >> (8 * width)) & 0xffU);
    return bytes;
}

std::string sized(std::size_t width, const std::string& bytes) {
    return number(bytes.size(), width) + bytes;
}

std::string record(const std::string& fragment) {
    return "\x16\x03\x01" + sized(2, fragment);
}

std::string recordsOf(const std::string& message, std::size_t piece) {
    std::string records;
    for (std::size_t at = 0; at < message.size(); at += piece)
        records += record(message.substr(at, piece));
    return records;
}

const std::string kUpToExtensions = "\x03\x03"s + std::string(32, 'r') + "\0\0\x02\x13\x01\x01\0"s;

/// A message with these extensions.
std::string messageWith(const std::string& extensions) {
    return "\x01" + sized(3, kUpToExtensions + sized(2, extensions));
}

std::string extension(std::size_t type, const std::string& content) {
    return number(type, 2) + sized(2, content);
}

std::string hostName(const std::string& name) {
    return '\0' + sized(2, name);
}

std::string serverName(const std::string& names) {
    return extension(0, sized(2, names));
}

ClientHello helloWith(const std::string& extensions) {
    return readClientHello(record(messageWith(extensions)));
}

ClientHello helloOf(const std::string& body) {
    return readClientHello(record("\x01" + sized(3, body)));
}

/// A message of this size, the header included.
std::string messageOf(std::size_t size) {
    const auto other = extension(21, std::string(size - messageWith(extension(21, "")).size() - 10, '\0'));
    return messageWith(other + serverName(hostName("a")));
}

} // namespace

TEST_CASE("a hello of OpenSSL has its server name, or none") {
    for (const auto& bytes : {kTls13, kTls12}) {
        CHECK(stateOf(bytes) == State::Complete);
        CHECK(readClientHello(bytes).serverName == "registry.example.org");
    }
    for (const auto& bytes : {kTls13WithoutName, kTls12WithoutName}) {
        CHECK(stateOf(bytes) == State::Complete);
        CHECK(readClientHello(bytes).serverName.empty());
    }
}

TEST_CASE("a hello is incomplete until its last byte, and what follows is ignored") {
    for (const auto& bytes :
         {kTls13, kTls13WithoutName, kTls12, kTls12WithoutName, recordsOf(messageOf(900), 7)}) {
        for (std::size_t size = 0; size < bytes.size(); ++size)
            if (stateOf(std::string_view(bytes).substr(0, size)) != State::Incomplete) FAIL(size);
        CHECK(stateOf(bytes) == State::Complete);
        CHECK(stateOf(bytes + "GET / HTTP/1.1\r\n") == State::Complete);
    }
}

TEST_CASE("a hello may be split over records of any size") {
    const auto message = kTls13.substr(5);
    for (std::size_t piece = 1; piece <= message.size(); ++piece)
        if (readClientHello(recordsOf(message, piece)).serverName != "registry.example.org") FAIL(piece);
}

TEST_CASE("what is not TLS is known by its first bytes") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string first(1, static_cast<char>(byte));
        CHECK(stateOf(first) == (byte == 22 ? State::Incomplete : State::NotTls));
        CHECK(stateOf("\x16" + first) == (byte == 3 ? State::Incomplete : State::NotTls));
    }
    CHECK(stateOf("") == State::Incomplete);
    CHECK(stateOf("GET / HTTP/1.1\r\n") == State::NotTls);
    CHECK(stateOf("\x15\x03\x01\x00\x02\x02\x28"s) == State::NotTls); // an alert
    CHECK(stateOf("\x80\x2e\x01\x03\x01"s) == State::NotTls);         // SSL 2
}

TEST_CASE("a hello with any byte changed has a verdict that more bytes do not change") {
    for (std::size_t at = 0; at < kTls12.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            auto bytes = kTls12;
            bytes[at] = static_cast<char>(byte);
            const auto whole = readClientHello(bytes);
            if (whole.state != State::Complete && !whole.serverName.empty()) FAIL(at);
            bool decided = false;
            for (std::size_t size = 0; size <= bytes.size(); ++size) {
                const auto part = readClientHello(std::string_view(bytes).substr(0, size));
                decided = decided || part.state != State::Incomplete;
                if (decided && (part.state != whole.state || part.serverName != whole.serverName)) FAIL(at);
            }
        }
    }
}

TEST_CASE("a record is not empty, not too large, and holds the hello alone") {
    const auto message = messageOf(kMaxRecord);
    CHECK(stateOf(record(message)) == State::Complete);
    CHECK(stateOf("\x16\x03\x01" + number(kMaxRecord + 1, 2)) == State::Malformed);
    CHECK(stateOf("\x16\x03\x01\0\0"s) == State::Malformed);
    CHECK(stateOf(record(message.substr(0, 9)) + "\x17") == State::Malformed);
    CHECK(stateOf(record(message.substr(0, 9)) + "\x16\x02") == State::Malformed);
    CHECK(stateOf(record(messageOf(99) + "\x01")) == State::Malformed);
    CHECK(stateOf(recordsOf(messageOf(99) + "\x01", 99)) == State::Complete);
    CHECK(stateOf(record("\x02")) == State::Malformed); // the hello of a server
}

TEST_CASE("a hello has at most 64 KiB and 4096 records") {
    CHECK(stateOf("\x16\x03\x01\x00\x10\x01\x01\x00\x00"s) == State::Incomplete);
    CHECK(stateOf("\x16\x03\x01\x00\x10\x01\x01\x00\x01"s) == State::Malformed);
    CHECK(readClientHello(recordsOf(messageOf(0x10004), 16384)).serverName == "a");
    CHECK(readClientHello(recordsOf(messageOf(0x10004), 17)).serverName == "a");
    CHECK(readClientHello(recordsOf(messageOf(4096), 1)).serverName == "a");
    CHECK(stateOf(recordsOf(messageOf(4097), 1)) == State::Malformed);
    CHECK(stateOf(std::string(recordsOf(messageOf(4097), 1), 0, std::size_t{4096} * 6)) == State::Incomplete);
}

TEST_CASE("a hello that ends before its parts do is malformed") {
    const auto body = messageWith(extension(21, "ab") + serverName(hostName("a"))).substr(4);
    CHECK(helloOf(body).serverName == "a");
    for (std::size_t size = 0; size < body.size(); ++size)
        if ((helloOf(body.substr(0, size)).state == State::Complete) != (size == kUpToExtensions.size()))
            FAIL(size);
    CHECK(helloOf(body + "x").state == State::Malformed);
}

TEST_CASE("a hello has the lists that RFC 8446 asks of it") {
    const auto front = "\x03\x03"s + std::string(32, 'r');
    CHECK(helloOf(front + "\x20" + std::string(32, 's') + "\0\x02\x13\x01\x01\0"s).state == State::Complete);
    CHECK(helloOf(front + "\x21" + std::string(33, 's') + "\0\x02\x13\x01\x01\0"s).state == State::Malformed);
    CHECK(helloOf(front + "\0\0\0\x01\0"s).state == State::Malformed);               // no cipher suite
    CHECK(helloOf(front + "\0\0\x03\x13\x01\x13\x01\0"s).state == State::Malformed); // one and a half
    CHECK(helloOf(front + "\0\0\x02\x13\x01\0"s).state == State::Malformed);         // no compression method
    CHECK(helloWith("").state == State::Complete);
}

TEST_CASE("a server name is one host name without a NUL") {
    CHECK(helloWith(serverName(hostName("A.example."))).serverName == "A.example.");
    CHECK(helloWith(serverName(hostName(std::string(255, 'a')))).serverName == std::string(255, 'a'));
    for (const std::size_t other : {1, 0x100, 0xff00})
        CHECK(helloWith(extension(other, sized(2, hostName("a")))).serverName.empty());
    for (const auto& wrong : {
             serverName(hostName(std::string(256, 'a'))),
             serverName(hostName("")),
             serverName(hostName("a\0b"s)),
             serverName(""),
             extension(0, ""),
             serverName(hostName("a") + hostName("b")),
             serverName("\x01" + sized(2, "a")),
             serverName(hostName("a") + "\x01" + sized(2, "b")),
             serverName(hostName("a") + "\0"s),
             extension(0, sized(2, hostName("a")) + "x"),
             serverName(hostName("a")) + serverName(hostName("b")),
             serverName(hostName("a")) + extension(21, "") + serverName(hostName("a")),
             serverName(hostName("a")) + "x",
             serverName(hostName("a")) + "\0\x15"s,
             serverName(hostName("a")) + "\0\x15\0\x02x"s,
         }) {
        CHECK(helloWith(wrong).state == State::Malformed);
        CHECK(helloWith(wrong).serverName.empty());
    }
}

// The name server in a network namespace, as programs in it ask. Needs root, or a user namespace.

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <rootlayer/error.hh>

#include "base/system_error.hh"
#include "guest-agent/network/loopback.hh"
#include "guest-agent/network/name_server.hh"
#include "tests/guest-agent/in_namespace.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

std::string query(const std::string& name, std::uint16_t type) {
    std::string message("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    for (std::size_t at = 0; at < name.size();) {
        const auto end = std::min(name.find('.', at), name.size());
        message += static_cast<char>(end - at);
        message += name.substr(at, end - at);
        at = end + 1;
    }
    message += std::string("\0", 1);
    message += static_cast<char>(type >> 8U);
    message += static_cast<char>(type & 0xFFU);
    return message + std::string("\0\1", 2);
}

/// "NOERROR 127.0.0.1", "NXDOMAIN", "-" for no answer.
std::string inWords(std::string_view response) {
    if (response.size() < 12) return "-";
    const int code = response[3] & 0xF;
    if (code == 3) return "NXDOMAIN";
    if (code == 2) return "SERVFAIL";
    if (code != 0) return "code " + std::to_string(code);
    if (response[7] == 0) return "NOERROR";
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(response[response.size() - 5]));
    const auto* const end = reinterpret_cast<const std::uint8_t*>(response.data() + response.size());
    if (length == 4 && static_cast<unsigned char>(response[response.size() - 6]) == 0) {
        std::array<std::uint8_t, 4> bytes{};
        std::copy(end - 4, end, bytes.begin());
        return "NOERROR " + IpAddress::v4(bytes).str();
    }
    std::array<std::uint8_t, 16> bytes{};
    std::copy(end - 16, end, bytes.begin());
    return "NOERROR " + IpAddress::v6(bytes).str();
}

std::string ask(NameServer& server, const std::string& name, std::uint16_t type = kTypeA) {
    std::string words = "-";
    server.serve(query(name, type), [&](std::string_view response) { words = inWords(response); });
    return words;
}

/// Asks over UDP at an address, and says who answered.
std::string askAt(NameServer& server, const char* address, const std::string& name) {
    sockaddr_storage to{};
    const auto length = IpAddress::parse(address).value().fill(to, 53);
    const UniqueFd socket(::socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // A connected socket takes answers from the address alone that it asked.
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), length) != 0)
        throw systemError("connect");
    const auto message = query(name, kTypeA);
    if (::send(socket.get(), message.data(), message.size(), 0) < 0) throw systemError("send");
    server.serve();
    pollfd ready{socket.get(), POLLIN, 0};
    if (::poll(&ready, 1, 5000) != 1) return "no answer";
    std::array<char, 512> buffer{};
    const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    return got < 0 ? "refused" : inWords({buffer.data(), static_cast<std::size_t>(got)});
}

void require(const std::string& found, const std::string& expected) {
    if (found != expected) throw Error(ErrorCode::Internal, found + " instead of " + expected);
}

/// Runs `work` with a name server in a network of its own.
void withServer(const std::function<void(NameServer&)>& work) {
    const auto outcome = inMountNamespace([&] {
        if (::unshare(CLONE_NEWNET) != 0) throw systemError("cannot: a network namespace");
        setUpLoopback();
        NameServer server;
        work(server);
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

} // namespace

TEST_CASE("localhost and the machine's own name are known to every script") {
    withServer([](NameServer& server) {
        server.setAsk([](const std::string& name) { throw Error(ErrorCode::Internal, "asked for " + name); });
        std::array<char, 256> own{};
        ::gethostname(own.data(), own.size());
        require(ask(server, "localhost"), "NOERROR 127.0.0.1");
        require(ask(server, "LocalHost"), "NOERROR 127.0.0.1");
        require(ask(server, "localhost", kTypeAaaa), "NOERROR ::1");
        require(ask(server, "a.localhost"), "NOERROR 127.0.0.1");
        require(ask(server, own.data()), "NOERROR 127.0.1.1");
        require(ask(server, own.data(), kTypeAaaa), "NOERROR");
        require(ask(server, "localhost", kTypeHttps), "NOERROR");
    });
}

TEST_CASE("queries are answered whatever address the script asks") {
    withServer([](NameServer& server) {
        for (const char* address : {"127.0.0.1", "127.0.0.53", "8.8.8.8", "10.0.0.1", "198.18.0.1", "::1",
                                    "2001:4860:4860::8888", "fd00::53"})
            require(std::string(address) + " " + askAt(server, address, "localhost"),
                    std::string(address) + " NOERROR 127.0.0.1");
    });
}

TEST_CASE("a name is asked for once, and its answer is kept") {
    withServer([](NameServer& server) {
        std::vector<std::string> asked;
        server.setAsk([&](const std::string& name) {
            asked.push_back(name);
            server.answer(name, name == "good.test"      ? NameServer::Verdict::Allowed
                                : name == "refused.test" ? NameServer::Verdict::Refused
                                : name == "failed.test"  ? NameServer::Verdict::Failed
                                                         : NameServer::Verdict::NotFound);
        });
        for (int i = 0; i < 2; ++i) {
            require(ask(server, "good.test"), "NOERROR 198.18.0.2");
            require(ask(server, "Good.Test", kTypeAaaa), "NOERROR 2001:2::2");
            require(ask(server, "refused.test"), "NXDOMAIN");
        }
        require(std::to_string(asked.size()), "2");
        for (int i = 0; i < 2; ++i) {
            require(ask(server, "failed.test"), "SERVFAIL");
            require(ask(server, "missing.test"), "NXDOMAIN");
        }
        require(std::to_string(asked.size()), "6");
    });
}

TEST_CASE("questions that come before the answer is known all get it") {
    withServer([](NameServer& server) {
        int asked = 0;
        server.setAsk([&](const std::string&) { ++asked; });
        std::string words;
        const auto reply = [&](std::string_view response) { words += inWords(response) + "\n"; };
        server.serve(query("slow.test", kTypeA), reply);
        server.serve(query("slow.test", kTypeAaaa), reply);
        require(words, "");
        server.answer("slow.test", NameServer::Verdict::Allowed);
        require(words, "NOERROR 198.18.0.2\nNOERROR 2001:2::2\n");
        require(std::to_string(asked), "1");
    });
}

TEST_CASE("questions for services, pointers and odd names say nothing about a host") {
    withServer([](NameServer& server) {
        server.setAsk([](const std::string& name) { throw Error(ErrorCode::Internal, "asked for " + name); });
        require(ask(server, "_http._tcp.deb.test", kTypeSrv), "NXDOMAIN");
        require(ask(server, "1.0.18.198.in-addr.arpa", kTypePtr), "NXDOMAIN");
        require(ask(server, "with blank.test"), "NXDOMAIN");
        require(ask(server, ""), "NXDOMAIN");
        require(ask(server, "mail.test", 15), "NOERROR");
        require(ask(server, "web.test", kTypeHttps), "NOERROR");
    });
}

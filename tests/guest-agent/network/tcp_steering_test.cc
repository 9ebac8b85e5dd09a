// Steering in a network namespace of the test's own. Needs root, and a kernel with BPF.

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <sched.h>
#include <sys/socket.h>

#include <rootlayer/error.hh>

#include "base/system_error.hh"
#include "guest-agent/network/loopback.hh"
#include "guest-agent/network/tcp_steering.hh"
#include "tests/guest-agent/in_namespace.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

/// "" if a connection is made; what connect(2) says otherwise.
std::string connectTo(const char* address, std::uint16_t port) {
    sockaddr_storage to{};
    const auto length = IpAddress::parse(address).value().fill(to, port);
    const UniqueFd socket(::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), length) == 0
               ? ""
               : std::strerror(errno);
}

/// Where the next connection that arrived was meant to go.
std::string arrivedAt(const UniqueFd& listener) {
    const UniqueFd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return "none";
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    ::getsockname(connection.get(), reinterpret_cast<sockaddr*>(&own), &length);
    return IpAddress::of(own).value().str();
}

void require(const std::string& found, const std::string& expected) {
    if (found != expected)
        throw Error(ErrorCode::Internal, "\"" + found + "\" instead of \"" + expected + "\"");
}

IpPrefix prefix(const char* text) {
    return IpPrefix::parse(text).value();
}

void withSteering(const std::function<void(TcpSteering&)>& work) {
    const auto outcome = inMountNamespace([&] {
        if (::unshare(CLONE_NEWNET) != 0) throw systemError("cannot: a network namespace");
        setUpLoopback();
        std::optional<TcpSteering> steering;
        try {
            steering.emplace();
        } catch (const Error& error) {
            throw Error(error.code(), "cannot: " + error.message());
        }
        work(*steering);
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

constexpr const char* kRefused = "Connection refused";

} // namespace

TEST_CASE("a connection to any address is refused at once until it is opened, and noted") {
    withSteering([](TcpSteering& steering) {
        require(connectTo("203.0.113.7", 443), kRefused);
        require(connectTo("2001:db8::7", 80), kRefused);
        for (const char* expected : {"203.0.113.7 443", "2001:db8::7 80"}) {
            const auto refused = steering.takeRefused();
            require(refused ? refused->address.str() + " " + std::to_string(refused->port) : "none",
                    expected);
        }
        require(steering.takeRefused() ? "one more" : "", "");
    });
}

TEST_CASE("open addresses and ports arrive at the agent, the longest range decides") {
    withSteering([](TcpSteering& steering) {
        steering.open(prefix("203.0.113.0/24"), {});
        steering.open(prefix("203.0.113.9"), {443, 80});
        steering.close(prefix("203.0.113.128/25"));
        steering.open(prefix("2001:db8::/32"), {22});
        require(connectTo("203.0.113.7", 1234), "");
        require(arrivedAt(steering.listener()), "203.0.113.7");
        require(connectTo("203.0.113.9", 80), "");
        require(arrivedAt(steering.listener()), "203.0.113.9");
        require(connectTo("203.0.113.9", 81), kRefused);
        require(connectTo("203.0.113.200", 80), kRefused);
        require(connectTo("203.0.114.7", 80), kRefused);
        require(connectTo("2001:db8::7", 22), "");
        require(arrivedAt(steering.listener6()), "2001:db8::7");
        require(connectTo("2001:db8::7", 23), kRefused);
        require(arrivedAt(steering.listener()), "none");
    });
}

TEST_CASE("the script's own servers are its own, at every address of its machine") {
    withSteering([](TcpSteering& steering) {
        steering.open(prefix("0.0.0.0/0"), {});
        steering.open(prefix("::/0"), {});
        sockaddr_storage any{};
        const auto length = IpAddress::v6({}).fill(any, 4444);
        const UniqueFd own(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (::bind(own.get(), reinterpret_cast<const sockaddr*>(&any), length) != 0 ||
            ::listen(own.get(), 8) != 0)
            throw systemError("listen");
        for (const char* address : {"127.0.0.1", "127.5.5.5", kOwnAddress, "::1", kOwnAddress6}) {
            require(connectTo(address, 4444), "");
            require(std::string(address) + " at " + arrivedAt(own), std::string(address) + " at " + address);
            require(connectTo(address, 4445), kRefused);
        }
        require(connectTo("203.0.113.7", 4444), "");
        require(arrivedAt(own), "none");
        require(arrivedAt(steering.listener()), "203.0.113.7");
    });
}

TEST_CASE("the name service is at port 53 of every address but the loopback's") {
    withSteering([](TcpSteering& steering) {
        require(connectTo("8.8.8.8", 53), kRefused);
        steering.openNameService();
        require(connectTo("8.8.8.8", 53), "");
        require(arrivedAt(steering.listener()), "8.8.8.8");
        require(connectTo("127.0.0.1", 53), kRefused);
        require(connectTo("8.8.8.8", 54), kRefused);
    });
}

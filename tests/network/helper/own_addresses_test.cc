#include <catch2/catch.hpp>
#include <cstdint>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstring>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stream.hh"
#include "network/helper/own_addresses.hh"
#include "tests/network/helper/scene.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using test::Scene;

namespace {

constexpr const char* kOwn = "9.9.9.9";
constexpr const char* kDenied = "cannot: no network namespace";

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
}

/// Gives `lo` an address that is public, besides 127.0.0.1.
void giveAddress(const char* name, const char* text) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    sockaddr_storage address{};
    IpAddress::parse(text).value().fill(address, 0);
    std::memcpy(&request.ifr_addr, &address, sizeof request.ifr_addr);
    require(::ioctl(socket.get(), SIOCSIFADDR, &request) == 0, "no address");
    require(::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0, "no flags");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    require(::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0, "not up");
}

/// Makes 9.9.8.0/24 local, though no interface has its addresses. They have the source 9.9.9.9, or
/// themselves.
void makeLocal(bool withSource) {
    struct Attribute {
        rtattr head;
        std::uint32_t value;
    };
    struct {
        nlmsghdr head;
        rtmsg route;
        std::array<Attribute, 3> attributes;
    } request{};
    const auto put = [&](std::size_t index, unsigned short type, std::uint32_t value) {
        request.attributes.at(index) = {{sizeof(Attribute), type}, value};
    };
    put(0, RTA_DST, ::inet_addr("9.9.8.0"));
    put(1, RTA_OIF, ::if_nametoindex("lo"));
    put(2, RTA_PREFSRC, ::inet_addr(kOwn));
    const auto length = sizeof request - (withSource ? 0 : sizeof(Attribute));
    request.head = {static_cast<std::uint32_t>(length), RTM_NEWROUTE,
                    NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, 0, 0};
    request.route = {AF_INET, 24, 0, 0, RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, 0};
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    require(::send(socket.get(), &request, length, 0) == static_cast<ssize_t>(length), "no route");
    struct {
        nlmsghdr head;
        nlmsgerr error;
        std::array<char, 256> rest;
    } answer{};
    require(::recv(socket.get(), &answer, sizeof answer, 0) > 0 && answer.error.error == 0, "no route");
}

/// Connects to 9.9.8.7, with a server there, as any public address.
void connectToLocal(bool isPermitted) {
    require(isOwnAddress(IpAddress::parse("9.9.8.7").value()), "its route is not seen");
    test::LocalServer server("9.9.8.7");
    require(server.exists(), "it is not local");
    Scene scene([&](NetworkOptions& options, std::uint16_t) {
        options.mode = NetworkMode::Public;
        options.allow.clear();
        options.permit.clear();
        if (isPermitted) options.permit = {"9.9.8.7"};
    });
    test::Stage stage({&server, &scene.guest, &scene.rig});
    const auto id = scene.guest.connect(server.port(), "9.9.8.7");
    scene.guest.send(id, "hello");
    const auto arrived = [&] { return !server.clients.empty() && server.clients[0].received == "hello"; };
    stage.until([&] { return scene.guest.wasReset(id) || arrived(); });
    require(arrived() == isPermitted, isPermitted ? "it was refused" : "it was not refused");
    if (isPermitted) return;
    require(server.clients.empty(), "it was connected to");
    const auto told = scene.rig.told();
    require(told == std::vector<std::string>{fmt::format("own-address 9.9.8.7:{} 9.9.8.7", server.port())},
            told.empty() ? "nothing told" : told[0]);
}

/// Runs it in a child whose network has nothing but `lo`. Returns "", or the message of its exception.
std::string inNamespace(const std::function<void()>& work) {
    Pipe pipe = makePipe();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        std::string outcome;
        try {
            if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
                throw std::runtime_error(kDenied);
            giveAddress("lo", "127.0.0.1");
            giveAddress("lo:1", kOwn);
            work();
        } catch (const std::exception& error) {
            outcome = error.what();
        }
        FdSink(pipe.writer.get(), "pipe").write(outcome);
        ::_exit(0);
    }
    pipe.writer.reset();
    FdSource source(pipe.reader.get(), "pipe");
    const auto outcome = readAll(source, 100'000, "outcome");
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    return outcome;
}

bool wasDenied(const std::string& outcome) {
    if (outcome == kDenied) WARN(outcome);
    return outcome == kDenied;
}

} // namespace

TEST_CASE("the addresses of this host's interfaces are its own, and others are not") {
    CHECK(isOwnAddress(IpAddress::parse("127.0.0.1").value()));
    CHECK(isOwnAddress(IpAddress::parse("::ffff:127.0.0.1").value()));
    CHECK_FALSE(isOwnAddress(IpAddress::parse("192.0.2.77").value()));
    CHECK_FALSE(isOwnAddress(IpAddress::parse("2001:db8::7700").value()));
    CHECK_FALSE(isOwnAddress(IpAddress()));
}

TEST_CASE("an address is the host's own as soon as an interface has it, also a second one") {
    const auto outcome = inNamespace([] {
        const auto another = IpAddress::parse("8.8.4.4").value();
        require(isOwnAddress(IpAddress::parse(kOwn).value()), "the second address is missing");
        require(!isOwnAddress(another), "it is there too early");
        giveAddress("lo:2", "8.8.4.4");
        require(isOwnAddress(another), "a new address is not seen");
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

TEST_CASE("a public address of the host itself is connected to only if it is permitted") {
    const auto outcome = inNamespace([] {
        for (const bool isPermitted : {false, true}) {
            Scene scene(
                [&](NetworkOptions& options, std::uint16_t) {
                    options.mode = NetworkMode::Public;
                    options.allow.clear();
                    options.permit.clear();
                    if (isPermitted) options.permit = {std::string(kOwn) + "/32"};
                },
                test::FakeDnsServer(Scene::Zone{{"me.test", {kOwn}}}));
            // The name, its connection, and the address.
            const auto question = scene.guest.ask("me.test");
            scene.until([&] { return scene.guest.hasEnded(question); });
            require(scene.guest.answer(question) == (isPermitted ? "allowed" : "refused"),
                    scene.guest.answer(question));
            const auto named = scene.connect("me.test");
            const auto plain = scene.connect(kOwn);
            scene.until([&] { return scene.guest.wasReset(named) && scene.guest.wasReset(plain); });
            scene.settle();
            std::string told;
            for (const auto& line : scene.shown())
                told += line + "; ";
            // The server of the scene is at 127.0.0.1, so the permitted connections fail.
            const std::string expected = isPermitted ? "failed 9.9.9.9 9.9.9.9: 9.9.9.9: Connection refused; "
                                                       "failed me.test 9.9.9.9: 9.9.9.9: Connection refused; "
                                                     : "own-address 9.9.9.9 9.9.9.9; own-address me.test "
                                                       "9.9.9.9; own-address me.test:0 9.9.9.9; ";
            require(told == expected, told);
        }
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

TEST_CASE("of several addresses of a name the host's own is left out") {
    const auto outcome = inNamespace([] {
        Scene scene([](NetworkOptions&, std::uint16_t) {},
                    test::FakeDnsServer(Scene::Zone{{"server.test", {kOwn, "127.0.0.1"}}}));
        const auto id = scene.connect();
        auto& client = scene.accepted();
        scene.guest.streams.end(id);
        client.endsAfter = true;
        const auto told = scene.told(1);
        require(told == std::vector<std::string>{"done server.test 127.0.0.1"}, told.at(0));
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

TEST_CASE("an address that a route makes the host's own gets nothing from the script") {
    const auto outcome = inNamespace([] {
        makeLocal(false);
        connectToLocal(false);
        connectToLocal(true);
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

TEST_CASE("such an address gets nothing either if its route has a source") {
    const auto outcome = inNamespace([] {
        makeLocal(true);
        connectToLocal(false);
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

TEST_CASE("no proxy is asked for an address of this host") {
    const auto outcome = inNamespace([] {
        Scene scene([&](NetworkOptions& options, std::uint16_t port) {
            options.mode = NetworkMode::Public;
            options.allow.clear();
            options.permit.clear();
            options.upstreamProxy = fmt::format("http://127.0.0.1:{}", port);
        });
        const auto id = scene.guest.connect(80, kOwn);
        scene.until([&] { return scene.guest.wasReset(id); });
        const auto told = scene.told(1);
        require(told == std::vector<std::string>{"own-address 9.9.9.9:80 9.9.9.9"}, told[0]);
        require(scene.server.clients.empty(), "the proxy was asked");
    });
    if (wasDenied(outcome)) return;
    CHECK(outcome == "");
}

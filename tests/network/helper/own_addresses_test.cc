#include <catch2/catch.hpp>

#include <csignal>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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
    CHECK(outcome.empty());
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
    CHECK(outcome.empty());
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
    CHECK(outcome.empty());
}

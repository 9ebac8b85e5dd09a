#include <catch2/catch.hpp>

#include <functional>
#include <sys/socket.h>
#include <thread>

#include <rootlayer/error.hh>

#include "tests/support/socket_pair.hh"
#include "vm/qemu/qmp.hh"

using namespace rootlayer;
using namespace rootlayer::vm;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

Deadline soon() {
    return Deadline::after(10s);
}

/// A monitor that sends what the test defines, whatever it receives.
class Monitor final {
  public:
    Monitor() : qmp(std::move(m_pair.host)) {}
    /// False when nobody reads any more.
    bool say(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(m_pair.guest.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// From then on say() is false.
    void stopReading() { ::shutdown(m_pair.guest.get(), SHUT_RDWR); }
    void leave() { m_pair.guest.reset(); }
    /// What was sent to it so far.
    std::string heard() {
        std::string text(1000, '\0');
        const auto got = ::recv(m_pair.guest.get(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return text;
    }

  private:
    test::SocketPair m_pair;

  public:
    Qmp qmp;
};

ErrorCode codeOf(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

} // namespace

TEST_CASE("a greeting is read, and a command returns what QEMU does") {
    Monitor monitor;
    monitor.say("{\"QMP\": {\"version\": {}}}\n{\"return\": {}}\n");
    monitor.qmp.greet(soon());
    CHECK_THAT(monitor.heard(), Contains("qmp_capabilities"));
    monitor.say("{\"event\": \"RESUME\"}\n{\"return\": {\"status\": \"completed\"}}\n");
    CHECK(monitor.qmp.migrationStatus(soon()) == "completed");
    CHECK_THAT(monitor.heard(), Contains("query-migrate"));
    monitor.say("{\"return\": {}}\n");
    CHECK(monitor.qmp.migrationStatus(soon()) == "none");
}

TEST_CASE("QEMU's version is in its greeting, if it is one") {
    const auto versionOf = [](const std::string& version) {
        Monitor monitor;
        monitor.say("{\"QMP\": " + version + "}\n{\"return\": {}}\n");
        monitor.qmp.greet(soon());
        return monitor.qmp.version();
    };
    const std::string numbers = R"("qemu": {"micro": 22, "minor": 2, "major": 7})";
    CHECK(versionOf("{\"version\": {" + numbers + "}}") == "7.2.22");
    CHECK(versionOf("{\"version\": {" + numbers + R"(, "package": "Debian \u001b[2J"}})") ==
          "7.2.22 (Debian \\x1b[2J)");
    for (const auto* none :
         {"{}", "[]", "5", R"({"version": {"qemu": {"major": "7"}}})", R"({"version": {"qemu": 7}})"})
        CHECK(versionOf(none).empty());
}

TEST_CASE("a command that QEMU refuses is an error with its words") {
    Monitor monitor;
    monitor.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such node\"}}\n");
    CHECK_THROWS_WITH(monitor.qmp.command("blockdev-add", "{}", soon()), Contains("no such node"));
}

TEST_CASE("a reply may come in pieces") {
    Monitor monitor;
    std::thread slow([&] {
        for (const char c : std::string("{\"return\": 5}\n"))
            monitor.say({&c, 1});
    });
    CHECK(monitor.qmp.command("x", "{}", soon()) == "5");
    slow.join();
}

TEST_CASE("a monitor that is closed, silent or endless is an error", "[A8]") {
    SECTION("closed") {
        Monitor monitor;
        monitor.leave();
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", soon()); }) == ErrorCode::Machine);
        CHECK(monitor.qmp.machineEnded());
    }
    SECTION("closed in the middle of a line") {
        Monitor monitor;
        monitor.say("{\"ret");
        monitor.leave();
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", soon()); }) == ErrorCode::Machine);
    }
    SECTION("silent") {
        Monitor monitor;
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", Deadline::after(50ms)); }) == ErrorCode::Timeout);
    }
    SECTION("endless line") {
        Monitor monitor;
        std::thread endless([&] {
            while (monitor.say(std::string(100'000, 'x')))
                continue;
        });
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", soon()); }) == ErrorCode::Machine);
        monitor.qmp = Qmp(UniqueFd());
        endless.join();
    }
    SECTION("cancelled") {
        Monitor monitor;
        const CancelToken cancel;
        monitor.qmp.listenTo(&cancel);
        cancel.cancel();
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", soon()); }) == ErrorCode::Cancelled);
    }
}

TEST_CASE("lines that are no reply are refused, whatever their JSON", "[A8]") {
    for (const auto* line : {"", "{", "[]", "null", "5", "\"return\"", "{\"return\"", "\xff\xfe",
                             "{\"error\": 5}", "{\"error\": {\"desc\": 5}}"}) {
        INFO(line);
        Monitor monitor;
        monitor.say(std::string(line) + "\n");
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", soon()); }) == ErrorCode::Machine);
    }
    // Of the wrong type: no status.
    for (const auto* value : {"5", "[]", "{\"status\": 5}", "{\"status\": null}", "null"}) {
        INFO(value);
        Monitor monitor;
        monitor.say("{\"return\": " + std::string(value) + "}\n");
        CHECK(monitor.qmp.migrationStatus(soon()) == "none");
    }
}

TEST_CASE("a reply of any depth is an error, not the end of the stack", "[A8]") {
    const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
    for (const auto& line : {"{\"return\": " + deep + "}\n", "{\"event\": " + deep + "}\n"}) {
        Monitor monitor;
        std::thread sender([&] { monitor.say(line); });
        CHECK(codeOf([&] { monitor.qmp.command("x", "{}", soon()); }) == ErrorCode::Machine);
        sender.join();
    }
}

TEST_CASE("a shutdown is noticed without waiting") {
    Monitor monitor;
    CHECK_FALSE(monitor.qmp.machineEnded());
    monitor.say("{\"event\": \"SHUTDOWN\", \"data\": {}}\n");
    CHECK(monitor.qmp.machineEnded());
}

TEST_CASE("a machine that ended says why, in words of bounded length", "[A8][A9]") {
    Monitor monitor;
    monitor.say("{\"event\":\"RESUME\"}\n{\"event\":\"SHUTDOWN\",\"data\":{\"reason\":\"guest-reset\"}}\n");
    CHECK(monitor.qmp.machineEnded());
    CHECK(monitor.qmp.shutdownReason() == "guest-reset");
    Monitor hostile;
    hostile.say("{\"event\":\"SHUTDOWN\",\"data\":{\"reason\":\"" + std::string(5000, 'x') + "\"}}\n");
    CHECK(hostile.qmp.machineEnded());
    CHECK(hostile.qmp.shutdownReason().size() <= 500);
}

TEST_CASE("a QEMU that sends events without end does not hold its reader", "[A8]") {
    Monitor monitor;
    std::thread flood([&] {
        while (monitor.say("{\"event\":\"RESUME\"}\n")) {
        }
    });
    CHECK_FALSE(monitor.qmp.machineEnded());
    monitor.stopReading();
    flood.join();
}

TEST_CASE("a write that the host's disk refuses is reported, and says whether the disk is full", "[A9]") {
    Monitor monitor;
    CHECK_FALSE(monitor.qmp.writeFault());
    SECTION("full") {
        monitor.say(
            "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": \"\", \"nospace\": true, \"node-name\": "
            "\"disk1\", \"reason\": \"No space left on device\", \"operation\": \"write\", \"action\": "
            "\"stop\"}}\n{\"event\": \"STOP\"}\n");
        REQUIRE(monitor.qmp.writeFault());
        CHECK(monitor.qmp.writeFault()->full);
        CHECK_FALSE(monitor.qmp.machineEnded());
    }
    SECTION("another reason, and it comes before the reply to a command") {
        monitor.say("{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"nospace\": false, \"reason\": \"Disk quota "
                    "exceeded\", \"operation\": \"write\"}}\n{\"return\": {}}\n");
        monitor.qmp.command("x", "{}", soon());
        REQUIRE(monitor.qmp.writeFault());
        CHECK_FALSE(monitor.qmp.writeFault()->full);
        CHECK(monitor.qmp.writeFault()->reason == "Disk quota exceeded");
    }
    SECTION("a base that cannot be read is not a write") {
        monitor.say(
            "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"nospace\": false, \"operation\": \"read\"}}\n");
        CHECK_FALSE(monitor.qmp.writeFault());
    }
    SECTION("other JSON") {
        for (const auto* data : {"5", "[]", "null", "{}", "{\"operation\": 5}"})
            monitor.say(std::string("{\"event\": \"BLOCK_IO_ERROR\", \"data\": ") + data + "}\n");
        monitor.say("{\"event\": 5}\n{\"event\": \"BLOCK_IO_ERROR\"}\n");
        CHECK_FALSE(monitor.qmp.writeFault());
        monitor.say(
            "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"operation\": \"write\", \"nospace\": \"yes\", "
            "\"reason\": \"\\u001b[31m" +
            std::string(2000, 'x') + "\"}}\n");
        REQUIRE(monitor.qmp.writeFault());
        CHECK_FALSE(monitor.qmp.writeFault()->full);
        CHECK(monitor.qmp.writeFault()->reason.size() < 600);
        CHECK(monitor.qmp.writeFault()->reason.find('\x1b') == std::string::npos);
    }
}

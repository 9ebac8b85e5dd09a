// A helper that a guest has taken over: a shell script in its place (hostile_helper.S), which does what a
// test says.

#include <catch2/catch.hpp>

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <future>
#include <poll.h>

#include <rootlayer/error.hh>

#include "base/deadline.hh"
#include "base/file.hh"
#include "base/temp_dir.hh"
#include "network/helper_process.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using namespace std::chrono_literals;

namespace {

const std::string kRecord = R"({"host":"a.example","port":80,"outcome":"done"})";

/// A process that does this.
struct Taken {
    explicit Taken(const std::string& behaviour, const NetworkOptions& options = {})
        : process(options, start(behaviour), directory.path(),
                  [this](NetworkConnection each) { records.push_back(each); }) {}

    UniqueFd start(const std::string& behaviour) {
        writeFile(directory.file("behaviour"), behaviour);
        return std::move(pair.host);
    }
    /// Until it has ended.
    void takeAll() {
        const auto limit = Deadline::after(30s);
        while (process.take()) {
            if (limit.expired()) FAIL("it does not end");
            pollfd ready{process.fd(), POLLIN, 0};
            ::poll(&ready, 1, limit.pollTimeout());
        }
    }
    std::string finish() { return process.finish(CancelToken()); }

    TempDir directory{"/tmp"};
    test::SocketPair pair;
    std::vector<NetworkConnection> records;
    HelperProcess process;
};

} // namespace

TEST_CASE("the records of a helper are taken as they come, also in pieces") {
    Taken taken("printf '%s\\n%s' '" + kRecord + "' '" + kRecord.substr(0, 10) +
                "' >&5; read ignored; read ignored\n" + "printf '%s\\n' '" + kRecord.substr(10) + "' >&5\n");
    const auto limit = Deadline::after(30s);
    while (taken.records.empty() && !limit.expired()) {
        pollfd ready{taken.process.fd(), POLLIN, 0};
        ::poll(&ready, 1, limit.pollTimeout());
        REQUIRE(taken.process.take());
    }
    REQUIRE(taken.records.size() == 1);
    CHECK(taken.records[0].host == "a.example");
    CHECK(taken.finish().empty());
    CHECK(taken.records.size() == 2);
}

TEST_CASE("lines of a helper that are no records are ignored") {
    Taken taken("printf "
                "'\\n\\nnonsense\\n{}\\n[]\\n\\377\\376\\n{\"host\":\"\\\\u001b[31m\",\"outcome\":\"done\"}"
                "\\n%s\\n' '" +
                kRecord + "' >&5\nread ignored\n");
    CHECK(taken.finish().empty());
    CHECK(taken.records.size() == 1);
}

TEST_CASE("a line that does not end is not kept, nor is the helper that writes it") {
    Taken taken("read options; dd if=/dev/zero bs=65536 count=500 2>/dev/null | tr '\\0' x >&5\n"
                "while :; do sleep 1; done\n");
    taken.takeAll();
    CHECK(taken.process.fd() == -1);
    CHECK_FALSE(taken.process.take());
    CHECK(taken.records.empty());
    CHECK(taken.finish() == "killed by signal 9");
}

TEST_CASE("a helper that reports more than it can have seen is ended") {
    Taken taken("read options; yes '" + kRecord + "' >&5\n", {.maxConnections = 5});
    taken.takeAll();
    CHECK(taken.records.size() == 20'005);
    CHECK(taken.finish() == "killed by signal 9");
}

TEST_CASE("a helper that has ended already can be given up") {
    Taken taken("read options; echo words >&2\n");
    taken.takeAll();
    CHECK(taken.process.abandon() == "words");
}

TEST_CASE("the last words of a helper are one line, short and printable") {
    Taken taken("read options; printf 'first \\033[31m line\\nsecond\\n' >&2; exit 3\n");
    CHECK(taken.finish() == "first \\x1b[31m line");
    Taken wordy("read options; dd if=/dev/zero bs=600 count=1 2>/dev/null | tr '\\0' w >&2; exit 3\n");
    CHECK(wordy.finish() == std::string(500, 'w'));
}

TEST_CASE("a helper that fails without a word is told by its status") {
    Taken failing("read options; exit 3\n");
    CHECK(failing.finish() == "exit status 3");
    Taken killed("read options; kill -SEGV $$\n");
    CHECK(killed.finish() == "killed by signal 11");
    // Success is not a failure, whatever was said.
    Taken noisy("read options; echo words >&2\n");
    CHECK(noisy.finish().empty());
}

TEST_CASE("a helper that ends before it has read its options is told, and does not kill its caller") {
    for (int i = 0; i < 20; ++i) {
        try {
            Taken taken("exec 0<&-; exit 4\n");
            CHECK(taken.finish() == "exit status 4");
        } catch (const Error& error) {
            CHECK_THAT(error.what(), Catch::Contains("the network's helper"));
        }
    }
}

TEST_CASE("a helper that does not end is killed with the object that started it") {
    pid_t pid = 0;
    {
        Taken taken("trap '' TERM HUP INT; echo '" + kRecord + "' >&5; while :; do sleep 1; done\n");
        const auto limit = Deadline::after(30s);
        while (taken.records.empty() && !limit.expired()) {
            pollfd ready{taken.process.fd(), POLLIN, 0};
            ::poll(&ready, 1, limit.pollTimeout());
            REQUIRE(taken.process.take());
        }
        REQUIRE(taken.records.size() == 1);
        std::ifstream(taken.directory.file("pid")) >> pid;
        REQUIRE(pid > 0);
        CHECK(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a helper that writes without a pause does not keep its reader") {
    Taken taken("read options; exec yes " + std::string(1000, 'y') + " >&5\n", {.maxConnections = 0});
    pid_t pid = 0;
    auto taking = std::async(std::launch::async, [&] {
        for (int i = 0; i < 3; ++i) {
            pollfd ready{taken.process.fd(), POLLIN, 0};
            ::poll(&ready, 1, 10'000);
            if (!taken.process.take()) break;
        }
    });
    const bool cameBack = taking.wait_for(3s) == std::future_status::ready;
    std::ifstream(taken.directory.file("pid")) >> pid;
    REQUIRE(pid > 0);
    ::kill(pid, SIGKILL);
    taking.wait();
    CHECK(cameBack);
}

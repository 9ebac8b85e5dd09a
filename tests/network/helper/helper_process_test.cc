#include <catch2/catch.hpp>

#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/ranges.h>
#include <fstream>
#include <set>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "network/helper_process.hh"
#include "tests/network/helper/fake_dns_server.hh"
#include "tests/network/helper/local_server.hh"
#include "tests/network/helper/relay_rig.hh"
#include "tests/network/helper/tls_hello.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using test::FakeDnsServer;
using test::LocalServer;
using Strings = std::vector<std::string>;

namespace {

/// Takes the records of a helper.
class Taker final : public test::Actor {
  public:
    explicit Taker(HelperProcess& process) : m_process(process) {}
    bool ended = false;
    void addPolls(std::vector<pollfd>& polls) override {
        polls.push_back({ended ? -1 : m_process.fd(), POLLIN, 0});
    }
    void work() override {
        if (!ended) ended = !m_process.take();
    }

  private:
    HelperProcess& m_process;
};

/// The helper as it is shipped, with a guest, a server and a DNS server of the test.
struct Running {
    using Change = std::function<void(NetworkOptions&)>;
    explicit Running(const Change& change = {}, FakeDnsServer answering = FakeDnsServer(usual()))
        : dns(std::move(answering)),
          process(optionsFor(change), std::move(pair.host), directory.path(),
                  [this](NetworkConnection each) { records.push_back(std::move(each)); }) {}

    static std::map<std::string, Strings> usual() { return {{"server.test", {"127.0.0.1"}}}; }
    NetworkOptions optionsFor(const Change& change) const {
        NetworkOptions options{.allow = {fmt::format("server.test:{}", server.port())},
                               .permit = {fmt::format("127.0.0.1:{}", server.port())},
                               .dnsServers = {dns.option()}};
        if (change) change(options);
        return options;
    }
    void until(const std::function<bool()>& done) { stage.until(done); }
    /// Until the helper answers, confined.
    void settle() {
        const auto id = guest.ask("?");
        until([&] { return guest.hasEnded(id); });
        guest.streams.reset(id);
    }
    Strings told() const {
        Strings lines;
        for (const auto& each : records)
            lines.push_back(fmt::format("{} {} {} +{} -{} {}", name(each.outcome), each.host, each.address,
                                        each.sent, each.received, each.tlsName));
        return lines;
    }
    std::string finish() {
        guest.streams.bye();
        until([&] { return guest.streams.queued() == 0; });
        return process.finish(CancelToken());
    }

    TempDir directory{"/tmp"};
    test::SocketPair pair;
    LocalServer server;
    FakeDnsServer dns;
    std::vector<NetworkConnection> records;
    HelperProcess process;
    Taker taker{process};
    test::Guest guest{std::move(pair.guest)};
    test::Stage stage{{&server, &dns, &guest, &taker}};
};

/// The only child of this process.
pid_t helperPid() {
    std::vector<pid_t> children;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    REQUIRE(proc);
    while (const auto* entry = ::readdir(proc.get())) {
        std::ifstream stat(fmt::format("/proc/{}/stat", entry->d_name));
        std::string line;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !std::getline(stat, line)) continue;
        char state = 0;
        int parent = 0;
        std::sscanf(line.c_str() + line.rfind(')') + 1, " %c %d", &state, &parent);
        if (parent == ::getpid()) children.push_back(std::atoi(entry->d_name));
    }
    REQUIRE(children.size() == 1);
    return children[0];
}

/// A field of /proc/PID/status or a file like it.
std::string field(pid_t pid, const std::string& file, const std::string& name) {
    std::ifstream status(fmt::format("/proc/{}/{}", pid, file));
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with(name)) continue;
        const auto value = line.find_first_not_of(" \t", name.size());
        return line.substr(value, line.find_first_of(" \t", value) - value);
    }
    return "absent";
}

} // namespace

TEST_CASE("the helper makes a connection by name, confined as it is") {
    Running running;
    const auto question = running.guest.ask("server.test");
    running.until([&] { return running.guest.hasEnded(question); });
    CHECK(running.guest.answer(question) == fmt::format("allowed {}", running.server.port()));
    running.server.echoes = true;
    const auto id = running.guest.connect(running.server.port(), "server.test");
    const auto hello = test::tlsHello("server.test");
    running.guest.send(id, hello);
    running.until([&] { return running.guest.log.data[id] == hello; });
    running.guest.streams.end(id);
    running.until([&] { return running.server.clients[0].sawEnd; });
    running.server.clients[0].endsAfter = true;
    running.until([&] { return running.records.size() == 1; });
    CHECK(running.told() ==
          Strings{fmt::format("done server.test 127.0.0.1 +{0} -{0} server.test", hello.size())});
    CHECK(running.finish().empty());
}

TEST_CASE("the helper refuses what the relay refuses, and says so") {
    Running running;
    const auto other = running.guest.ask("other.test");
    running.guest.connect(80, "169.254.169.254");
    const auto id = running.guest.connect(running.server.port(), "server.test");
    running.guest.send(id, test::tlsHello("evil.test"));
    running.until([&] { return running.records.size() == 3; });
    CHECK(running.guest.answer(other) == "refused");
    auto told = running.told();
    std::sort(told.begin(), told.end());
    CHECK(told == Strings{"not-allowed other.test  +0 -0 ",
                          "not-public 169.254.169.254 169.254.169.254 +0 -0 ",
                          "tls-name server.test 127.0.0.1 +0 -0 evil.test"});
    CHECK(running.finish().empty());
    CHECK(running.records.size() == 3);
}

TEST_CASE("the helper asks for many names, also over TCP, and connects many times, confined as it is") {
    Running running([](NetworkOptions& options) { options.allow = {"*.test"}; },
                    FakeDnsServer([](const test::DnsQuestion& question) -> std::optional<test::DnsReply> {
                        if (!question.overTcp) return test::DnsReply{.truncated = true};
                        return FakeDnsServer::addressesOf(question, {"127.0.0.1"});
                    }));
    running.server.echoes = true;
    std::vector<streams::StreamId> connections;
    std::vector<streams::StreamId> questions;
    for (int i = 0; i < 100; ++i) {
        connections.push_back(running.guest.connect(running.server.port(), "server.test"));
        running.guest.send(connections.back(), std::string(1000, 'x'));
        questions.push_back(running.guest.ask(fmt::format("a{}.test", i % 50)));
    }
    running.until([&] {
        return std::all_of(connections.begin(), connections.end(),
                           [&](auto id) { return running.guest.log.data[id].size() == 1000; }) &&
               std::all_of(questions.begin(), questions.end(),
                           [&](auto id) { return running.guest.hasEnded(id); });
    });
    for (const auto id : questions)
        CHECK(running.guest.answer(id) == "allowed");
    CHECK(running.finish().empty());
    CHECK(running.records.size() == 100);
}

TEST_CASE("the helper has no capabilities, no way to gain any, and few system calls") {
    Running running;
    running.settle();
    const auto pid = helperPid();
    CHECK(field(pid, "status", "Seccomp:") == "2");
    CHECK(field(pid, "status", "NoNewPrivs:") == "1");
    for (const auto* set : {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"})
        CHECK(field(pid, "status", set) == "0000000000000000");
    if (::geteuid() == 0) CHECK(field(pid, "status", "CapBnd:") == "0000000000000000");
    CHECK(field(pid, "status", "Threads:") == "1");
    CHECK(field(pid, "limits", "Max core file size") == "0");
    CHECK(field(pid, "limits", "Max open files") == "1024");
    CHECK(field(pid, "limits", "Max address space") == "1073741824");
    CHECK(field(pid, "limits", "Max file size") == "65536");
}

TEST_CASE("the helper has no descriptor that it does not need") {
    const UniqueFd leaked(::open("/etc/passwd", O_RDONLY)); // not closed at exec
    Running running;
    running.settle();
    const auto directory = fmt::format("/proc/{}/fd", helperPid());
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(directory.c_str()), ::closedir);
    if (!list) {
        WARN("the helper cannot be looked at; run the tests as root");
        return;
    }
    std::multiset<std::string> kinds;
    std::map<int, std::string> standard;
    while (const auto* entry = ::readdir(list.get())) {
        std::string target(200, '\0');
        const auto size = ::readlinkat(::dirfd(list.get()), entry->d_name, target.data(), target.size());
        if (size < 0) continue; // . and ..
        target.resize(static_cast<std::size_t>(size));
        const auto number = std::atoi(entry->d_name);
        if (number <= 2) {
            standard[number] = target;
        } else {
            kinds.insert(target.substr(0, target.find(':')));
        }
    }
    CHECK_THAT(standard[0], Catch::StartsWith("pipe:"));
    CHECK(standard[1] == "/dev/null");
    CHECK(standard[2] == running.directory.file("network.log"));
    CHECK(kinds == std::multiset<std::string>{"pipe", "socket"});
}

TEST_CASE("the helper's command line and environment have none of the options") {
    Running running(
        [](NetworkOptions& options) { options.upstreamProxy = "http://user:secret@proxy.test:3128"; });
    running.settle();
    const auto pid = helperPid();
    for (const auto* file : {"cmdline", "environ"}) {
        std::ifstream stream(fmt::format("/proc/{}/{}", pid, file));
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        CHECK_THAT(text, !Catch::Contains("secret") && !Catch::Contains("server.test"));
        if (file == std::string("environ")) CHECK(text.empty());
    }
}

TEST_CASE("the helper ends with the script, and then is no more") {
    Running running;
    const auto id = running.guest.connect(running.server.port(), "server.test");
    running.guest.send(id, "x");
    running.until(
        [&] { return !running.server.clients.empty() && running.server.clients[0].received == "x"; });
    const auto pid = helperPid();
    CHECK(running.finish().empty());
    CHECK(running.told() == Strings{"done server.test 127.0.0.1 +1 -0 "});
    CHECK(::kill(pid, 0) != 0);
    CHECK(errno == ESRCH);
}

TEST_CASE("a run that is given up does not wait for what the script has sent") {
    Running running;
    const auto id = running.guest.connect(running.server.port(), "server.test");
    running.guest.send(id, "x");
    running.until(
        [&] { return !running.server.clients.empty() && running.server.clients[0].received == "x"; });
    // There is no goodbye, which finish() would wait for.
    running.process.abandon();
    CHECK(running.told() == Strings{"done server.test 127.0.0.1 +1 -0 "});
}

TEST_CASE("the helper ends when the guest is gone, and says so") {
    Running running;
    running.settle();
    ::shutdown(running.guest.streams.fd(), SHUT_RDWR);
    running.until([&] { return running.taker.ended; });
    CHECK(running.process.finish(CancelToken()) == "the guest is gone");
}

TEST_CASE("the helper ends when the guest breaks the rules, and says which") {
    Running running;
    running.settle();
    const auto bad = test::rawFrame(protocol::StreamFrame::Data, 99, "x");
    REQUIRE(::send(running.guest.streams.fd(), bad.data(), bad.size(), MSG_NOSIGNAL) > 0);
    running.until([&] { return running.taker.ended; });
    CHECK(running.process.finish(CancelToken()) ==
          "the guest sent a frame for a stream that was never open on the streams' port");
}

TEST_CASE("a helper that was killed is told") {
    Running running;
    running.settle();
    ::kill(helperPid(), SIGKILL);
    running.until([&] { return running.taker.ended; });
    CHECK(running.process.finish(CancelToken()) == "killed by signal 9");
    // The guest sees it.
    running.until([&] { return running.guest.gone; });
}

TEST_CASE("a helper goes away with the object that started it") {
    pid_t pid = 0;
    {
        Running running;
        running.settle();
        pid = helperPid();
    }
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a run that is cancelled does not wait for the helper") {
    Running running;
    running.settle();
    const CancelToken token;
    token.cancel();
    CHECK_THROWS_AS(running.process.finish(token), Error);
}

TEST_CASE("a second helper in the same directory is refused") {
    Running running;
    test::SocketPair pair;
    CHECK_THROWS_WITH(HelperProcess({}, std::move(pair.host), running.directory.path(), [](const auto&) {}),
                      Catch::Contains("network.log"));
}

// Runs scripts in a directory with a static busybox instead of an overlay. Needs root, but no machine.

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/system_error.hh"
#include "guest-agent/script/device_directory.hh"
#include "guest-agent/script/script_namespaces.hh"
#include "guest-agent/script/script_runner.hh"
#include "protocol/control.hh"
#include "tests/guest-agent/in_namespace.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using How = protocol::RunReply::How;
using protocol::FrameType;
using protocol::Stream;

namespace {

constexpr const char* kHostBusybox = "/bin/busybox";

struct Ran {
    protocol::RunReply reply;
    std::string out;
    std::string err;
    std::string outcome;
    std::string warnings;
};

/// A root with nothing in it but the mount points.
struct Base {
    TempDir directory{"/tmp"};
    Tree root{directory.file("root")};
    Base() {
        root.directory("etc").file("etc/passwd", "bob:x:1000:1000::/home/bob:/bin/sh\n");
        for (const char* name : {"dev", "proc", "sys", "tmp", "run", ".rootlayer"})
            root.directory(name);
        for (const char* name : {"tmp", "run", "dev"})
            REQUIRE(::mkdir(directory.file(name).c_str(), 0755) == 0);
        REQUIRE(::chmod(directory.file("tmp").c_str(), 01777) == 0);
    }
};

void runInside(const Base& base, const protocol::RunRequest& request, const std::string& script, int fd) {
    const auto root = base.root.path();
    if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) != 0)
        throw systemError("cannot: bind");
    protocol::Connection connection(UniqueFd(fd), "the host");
    HostLink link(connection);
    auto namespaces = ScriptNamespaces::make();
    const auto devices = base.directory.file("dev");
    if (::mount("dev", devices.c_str(), "tmpfs", MS_NOSUID, nullptr) != 0) throw systemError("cannot: tmpfs");
    fillDeviceDirectory(UniqueFd(::open(devices.c_str(), O_PATH | O_DIRECTORY)).get());
    const ScriptPlaces places{root,
                              base.directory.file("tmp"),
                              base.directory.file("run"),
                              devices,
                              kHostBusybox,
                              base.directory.path(),
                              &namespaces};
    const auto reply = runScript(request, planScript(request, script, places), link);
    connection.send(FrameType::Reply, protocol::encode(reply), Deadline::after(std::chrono::seconds(20)));
}

void collect(protocol::Connection& host, bool cancelAtFirstOutput, Ran& ran) {
    for (;;) {
        const auto frame = host.receive(Deadline::after(std::chrono::seconds(60)));
        if (frame.type == FrameType::Reply) {
            ran.reply = protocol::decodeRunReply(frame.payload);
            return;
        }
        if (frame.type == FrameType::Event) {
            const auto event = protocol::decodeEvent(frame.payload);
            if (event.kind == protocol::EventMessage::Kind::Warning) ran.warnings += event.text + "\n";
        }
        if (frame.type != FrameType::Data) continue;
        (frame.flags == static_cast<std::uint8_t>(Stream::Stderr) ? ran.err : ran.out) += frame.payload;
        if (cancelAtFirstOutput) host.send(FrameType::Cancel, "", Deadline::after(std::chrono::seconds(20)));
        cancelAtFirstOutput = false;
    }
}

/// nullopt if that is not possible here.
std::optional<Ran> run(const Base& base, const std::string& script, protocol::RunRequest request = {},
                       bool cancelAtFirstOutput = false) {
    if (::access(kHostBusybox, X_OK) != 0) {
        WARN("there is no static busybox here");
        return std::nullopt;
    }
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    protocol::Connection host(UniqueFd(fds[0]), "the guest");
    UniqueFd guest(fds[1]);
    Ran ran;
    const auto child = [&] {
        // The child must notice if the host ends.
        ::close(host.fd());
        runInside(base, request, script, guest.release());
    };
    ran.outcome = inMountNamespace(child, [&] {
        guest.reset();
        try {
            collect(host, cancelAtFirstOutput, ran);
        } catch (const Error& error) {
            ran.err += error.what();
        }
    });
    if (wasDenied(ran.outcome)) return std::nullopt;
    return ran;
}

} // namespace

TEST_CASE("a script runs as process of its own world, and its output and status come back") {
    const Base base;
    const auto ran = run(base, "#!/bin/sh\necho out $1; echo err >&2; exit 7\n", {.args = {"one"}});
    if (!ran) return;
    CHECK(ran->outcome.empty());
    CHECK(ran->reply.how == How::Exited);
    CHECK(ran->reply.value == 7);
    CHECK(ran->out == "out one\n");
    CHECK(ran->err == "err\n");
}

TEST_CASE("a script without a shebang stops at its first failure") {
    const Base base;
    const auto ran = run(base, "echo before; false; echo after\n");
    if (!ran) return;
    CHECK(ran->out == "before\n");
    CHECK(ran->reply.value == 1);
}

TEST_CASE("the script sees its own root, devices and processes, and nothing of the host's") {
    const Base base;
    const auto ran =
        run(base, "ls /dev | tr '\\n' ' '; echo; ls /proc/1/root/; echo x > /tmp/x; cat /tmp/x;"
                  "echo $$; stat -c %a /tmp /dev/shm; ls /proc/1/fd | wc -l; ip addr show lo | grep -c UP\n");
    if (!ran) return;
    CHECK_THAT(ran->err, Equals(""));
    CHECK_THAT(ran->out, Contains("fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"));
    CHECK_THAT(ran->out, Contains("\ndev\netc\nproc\n") && Contains("\nx\n") && Contains("1777\n1777\n"));
}

TEST_CASE("all that the script leaves behind dies with it", "[W22]") {
    const Base base;
    const auto ran = run(
        base, "setsid sleep 1000 & (while :; do echo noise; done) & (trap '' TERM; sleep 1000) & exit 5\n");
    if (!ran) return;
    CHECK(ran->reply.how == How::Exited);
    CHECK(ran->reply.value == 5);
}

TEST_CASE("a script that is killed by a signal is reported as such") {
    const Base base;
    const auto ran = run(base, "kill -SEGV $$\n");
    if (!ran) return;
    CHECK(ran->reply.how == How::Signalled);
    CHECK(ran->reply.value == SIGSEGV);
}

TEST_CASE("a script is ended when its time is over, whatever it ignores") {
    const Base base;
    const auto ran = run(base, "trap '' TERM INT HUP; while :; do :; done\n", {.timeout = 300});
    if (!ran) return;
    CHECK(ran->reply.how == How::TimedOut);
}

TEST_CASE("a script is ended when the host cancels") {
    const Base base;
    const auto ran = run(base, "echo ready; while :; do :; done\n", {}, true);
    if (!ran) return;
    CHECK(ran->reply.how == How::Cancelled);
}

TEST_CASE("a missing interpreter is named, and one that is not a program is distinguished") {
    const Base base;
    const auto missing = run(base, "#!/usr/bin/python3\n");
    if (!missing) return;
    CHECK(missing->reply.how == How::NotFound);
    CHECK_THAT(missing->reply.message, Contains("\"/usr/bin/python3\""));
    const auto directory = run(base, "#!/etc\n");
    REQUIRE(directory);
    CHECK(directory->reply.how == How::NotExecutable);
}

TEST_CASE("the user, the home and the working directory are the ones asked for") {
    const Base base;
    const auto ran = run(base, "id -u; id -g; echo $HOME; pwd; echo again > /dev/stdout\n",
                         {.workdir = "/srv/new", .user = "bob"});
    if (!ran) return;
    CHECK(ran->out == "1000\n1000\n/home/bob\n/srv/new\nagain\n");
    struct stat made {};
    REQUIRE(::stat(base.root.at("srv/new").c_str(), &made) == 0);
    CHECK((made.st_mode & 07777) == 0755);
}

TEST_CASE("nothing is mounted on what a symlink leads to, nor on a file", "[A9][B21]") {
    Base base;
    for (const char* name : {"run", "tmp", "sys", "proc"})
        REQUIRE(::rmdir(base.root.at(name).c_str()) == 0);
    base.root.directory("srv")
        .file("srv/base", "of the base\n")
        .symlink("tmp", "/srv")
        .file("run", "a file\n")
        .symlink("sys", "/")
        .symlink("proc", "proc");
    const auto ran = run(base, "echo x > /tmp/x; cat /srv/base /run; ls -d /etc\n");
    if (!ran) return;
    CHECK(ran->out == "of the base\na file\n/etc\n");
    CHECK(::access(base.root.at("srv/x").c_str(), F_OK) == 0);
    CHECK_THAT(ran->warnings,
               Contains("the base's /tmp is a symbolic link to \"/srv\"; nothing is mounted") &&
                   Contains("/run is not a directory") && Contains("/sys is a symbolic link to \"/\"") &&
                   Contains("/proc is a symbolic link to \"proc\""));
}

TEST_CASE("/tmp and /run are those of the root if they are kept") {
    Base base;
    base.root.file("tmp/base", "of the base\n");
    const auto ran = run(base, "cat /tmp/base; echo x > /tmp/x; echo y > /run/y\n", {.keepTmp = true});
    if (!ran) return;
    CHECK(ran->out == "of the base\n");
    CHECK(ran->warnings.empty());
    CHECK(::access(base.root.at("tmp/x").c_str(), F_OK) == 0);
    CHECK(::access(base.root.at("run/y").c_str(), F_OK) == 0);
    const auto apart = run(base, "ls /tmp; ls /run; echo x > /tmp/z\n");
    REQUIRE(apart);
    CHECK(apart->out.empty());
    CHECK(::access(base.root.at("tmp/z").c_str(), F_OK) != 0);
}

#include <catch2/catch.hpp>
#include <cstdint>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <poll.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/process.hh"
#include "base/stream.hh"
#include "protocol/control.hh"
#include "tests/vm/hanging_machine.hh"
#include "vm/libvirt/hypervisor.hh"

using namespace rootlayer;
using namespace rootlayer::vm;
using test::hangingSpec;
using test::processesNaming;
using namespace std::chrono_literals;

namespace {

/// What all tests of this program share: libvirt probes QEMU once.
std::string capabilityCache() {
    if (const char* inherited = std::getenv("ROOTLAYER_TEST_CACHE")) return inherited;
    static const TempDir directory("/tmp");
    return directory.path();
}

Hypervisor hypervisor() {
    return Hypervisor(
        {.connectUri = "", .runtimeDirectory = "/tmp", .capabilityCache = CachePart(capabilityCache())});
}

std::unique_ptr<Machine> start(const MachineSpec& spec, const CancelToken* cancel = nullptr) {
    return hypervisor().start(spec, Deadline::after(120s), cancel, nullptr);
}

} // namespace

TEST_CASE("a kernel that is none: the machine dies at once, with QEMU's words, and leaves nothing", "[A13]") {
    const RunDirectory directory("/tmp");
    auto spec = hangingSpec(directory);
    writeFile(spec.kernel, std::string(100000, 'x'));
    try {
        start(spec);
        FAIL("it started");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Machine);
        CHECK_THAT(error.what(), Catch::Contains("kernel"));
    }
    CHECK(processesNaming(directory.path()).empty());
}

TEST_CASE("a machine whose guest hangs is gone when it is killed", "[A9][A13]") {
    const RunDirectory directory("/tmp");
    const auto machine = start(hangingSpec(directory));
    CHECK(machine->running());
    CHECK(processesNaming(directory.path()).size() == 1);
    const auto channel = machine->takePort(protocol::kPortName);
    CHECK(channel);
    CHECK_THROWS_AS(machine->takePort(protocol::kPortName), Error);
    machine->kill();
    CHECK_FALSE(machine->running());
    CHECK(processesNaming(directory.path()).empty());
    pollfd wait{channel.get(), POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 30000) == 1);
    char byte = 0;
    CHECK(::read(channel.get(), &byte, 1) == 0);
}

TEST_CASE("the host opens base and inputs for reading alone, and QEMU has no power over it", "[A11]") {
    const RunDirectory directory("/tmp");
    const auto machine = start(hangingSpec(directory));
    const auto pids = processesNaming(directory.path());
    REQUIRE(pids.size() == 1);
    const auto process = std::filesystem::path("/proc") / std::to_string(pids[0]);
    std::map<std::string, bool> writable;
    for (const auto& fd : std::filesystem::directory_iterator(process / "fd")) {
        const auto file = std::filesystem::read_symlink(fd.path());
        const auto mode = std::filesystem::symlink_status(fd.path()).permissions();
        writable[file.filename().string()] |=
            (mode & std::filesystem::perms::owner_write) != std::filesystem::perms::none;
    }
    CHECK_FALSE(writable.at("layer"));
    CHECK_FALSE(writable.at("inputs"));
    CHECK(writable.at("scratch"));
    const auto status = readFile((process / "status").string(), "status", 1 << 20);
    CHECK_THAT(status, Catch::Contains("Seccomp:\t2") && Catch::Contains("NoNewPrivs:\t1"));
    // As root it may still read; else there is nothing.
    CHECK_THAT(status,
               Catch::Contains("CapEff:\t0000000000000000") || Catch::Contains("CapEff:\t0000000000000004"));
}

TEST_CASE("a start that is cancelled leaves no machine", "[A12]") {
    const RunDirectory directory("/tmp");
    const CancelToken token;
    token.cancel();
    try {
        start(hangingSpec(directory), &token);
        FAIL("it started");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Cancelled);
    }
    CHECK(processesNaming(directory.path()).empty());
}

TEST_CASE("twenty machines one after another use one connection") {
    for (int i = 0; i < 20; ++i) {
        const RunDirectory directory("/tmp");
        CHECK(start(hangingSpec(directory))->running());
    }
}

/// The host process of the next test: starts a machine, says where, and waits to be killed.
TEST_CASE("host that is killed", "[.host]") {
    const RunDirectory directory("/tmp");
    const auto machine = start(hangingSpec(directory));
    FdSink(STDOUT_FILENO, "stdout").write(directory.path() + "\n");
    for (;;)
        ::pause();
}

TEST_CASE("kill -9 of the host process takes a hanging machine with it", "[A12]") {
    Pipe pipe = makePipe();
    ::setenv("ROOTLAYER_TEST_CACHE", capabilityCache().c_str(), 1);
    auto host = Child::start({.argv = {"/proc/self/exe", "[.host]"}, .stdoutFd = pipe.writer.get()});
    pipe.writer.reset();
    std::array<char, 256> line{};
    pollfd wait{pipe.reader.get(), POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 120000) == 1);
    REQUIRE(::read(pipe.reader.get(), line.data(), line.size() - 1) > 1);
    const std::string directory(line.data(), std::strchr(line.data(), '\n'));
    REQUIRE(processesNaming(directory).size() == 1);
    host.kill();
    const auto limit = Deadline::after(60s);
    // The guardian, which removes the directory, is the last process that names it.
    const auto left = [&] {
        return std::filesystem::exists(directory) || !processesNaming(directory).empty();
    };
    while (left() && !limit.expired())
        std::this_thread::yield();
    CHECK_FALSE(left());
}

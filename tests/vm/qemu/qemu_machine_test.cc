#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/process.hh"
#include "base/stream.hh"
#include "protocol/control.hh"
#include "tests/vm/hanging_machine.hh"
#include "vm/qemu/qemu_machine.hh"

using namespace rootlayer;
using namespace rootlayer::vm;
using namespace std::chrono_literals;
using test::hangingSpec;
using test::processesNaming;

namespace {

std::unique_ptr<Machine> start(const MachineSpec& spec, const CancelToken* cancel = nullptr) {
    return QemuMachine::start(spec, Deadline::after(120s), cancel);
}

} // namespace

TEST_CASE("started directly, a kernel that is none is an error with QEMU's words, and nothing is left",
          "[A13]") {
    const RunDirectory directory("/tmp");
    const auto spec = hangingSpec(directory);
    writeFile(spec.kernel, std::string(100000, 'x'));
    try {
        start(spec);
        FAIL("it started");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Machine);
        CHECK_THAT(error.what(), Catch::Contains("QEMU has exited: ") && Catch::Contains("kernel"));
    }
    CHECK(processesNaming(directory.path()).empty());
}

TEST_CASE("started directly, a machine whose guest hangs is gone when it is killed", "[A9][A13]") {
    const RunDirectory directory("/tmp");
    const auto machine = start(hangingSpec(directory));
    CHECK(machine->running());
    CHECK(processesNaming(directory.path()).size() == 1);
    CHECK_THAT(machine->qemu().path, Catch::Contains("qemu-system-"));
    CHECK_FALSE(machine->qemu().version.empty());
    const auto channel = machine->takePort(protocol::kPortName);
    CHECK(channel);
    CHECK_THROWS_AS(machine->takePort(protocol::kPortName), Error);
    machine->kill();
    CHECK(processesNaming(directory.path()).empty());
    pollfd wait{channel.get(), POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 30000) == 1);
    char byte = 0;
    CHECK(::read(channel.get(), &byte, 1) == 0);
}

TEST_CASE("a start of ours that is cancelled leaves no machine", "[A12]") {
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

/// The host process of the next test: starts a machine, says where, and waits to be killed.
TEST_CASE("host that is killed, of a machine started directly", "[.direct]") {
    const RunDirectory directory("/tmp");
    const auto machine = start(hangingSpec(directory));
    FdSink(STDOUT_FILENO, "stdout").write(directory.path() + "\n");
    for (;;)
        ::pause();
}

TEST_CASE("kill -9 of the host process takes a hanging machine that it started with it", "[A12]") {
    Pipe pipe = makePipe();
    auto host = Child::start({.argv = {"/proc/self/exe", "[.direct]"}, .stdoutFd = pipe.writer.get()});
    pipe.writer.reset();
    std::array<char, 256> line{};
    pollfd wait{pipe.reader.get(), POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 120000) == 1);
    REQUIRE(::read(pipe.reader.get(), line.data(), line.size() - 1) > 1);
    const std::string directory(line.data(), std::strchr(line.data(), '\n'));
    REQUIRE_FALSE(processesNaming(directory).empty());
    host.kill();
    const auto limit = Deadline::after(60s);
    const auto left = [&] {
        return std::filesystem::exists(directory) || !processesNaming(directory).empty();
    };
    while (left() && !limit.expired())
        std::this_thread::yield();
    CHECK_FALSE(left());
}

#include <catch2/catch.hpp>

#include <cstring>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/stream.hh"
#include "base/temp_dir.hh"
#include "vm/libvirt/port_listener.hh"
#include "vm/libvirt/qemu_process.hh"

using namespace rootlayer;
using namespace rootlayer::vm;
using namespace std::chrono_literals;

namespace {

ErrorCode codeOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

UniqueFd connectTo(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
}

} // namespace

TEST_CASE("the bytes of the port arrive at the host") {
    const TempDir directory("/tmp");
    const UniqueFd never(::eventfd(0, EFD_CLOEXEC));
    PortListener listener(PortDevice{"org.rootlayer.agent.0", "agent", directory.file("agent")});
    const auto guest = connectTo(directory.file("agent"));
    const auto host = listener.accept(never.get(), Deadline::after(30s), nullptr);
    CHECK((::fcntl(host.get(), F_GETFD) & FD_CLOEXEC) != 0);
    FdSink(guest.get(), "port").write("hello");
    std::array<char, 5> got{};
    FdSource source(host.get(), "port");
    CHECK(readFully(source, got) == 5);
}

TEST_CASE("a QEMU that dies before it connects is noticed at once", "[A13]") {
    const TempDir directory("/tmp");
    const UniqueFd ended(::eventfd(1, EFD_CLOEXEC));
    PortListener listener(PortDevice{"org.rootlayer.agent.0", "agent", directory.file("agent")});
    CHECK(codeOf([&] { listener.accept(ended.get(), Deadline::never(), nullptr); }) == ErrorCode::Machine);
}

TEST_CASE("a QEMU that never connects is given up at the deadline, or when the user says so", "[A13]") {
    const TempDir directory("/tmp");
    const UniqueFd never(::eventfd(0, EFD_CLOEXEC));
    PortListener listener(PortDevice{"org.rootlayer.agent.0", "agent", directory.file("agent")});
    CHECK(codeOf([&] { listener.accept(never.get(), Deadline::after(1ms), nullptr); }) == ErrorCode::Timeout);
    const CancelToken token;
    std::thread user([&] { token.cancel(); });
    CHECK(codeOf([&] { listener.accept(never.get(), Deadline::never(), &token); }) == ErrorCode::Cancelled);
    user.join();
}

TEST_CASE("a directory too deep for a socket is named, with what to try") {
    const TempDir directory("/tmp");
    try {
        const PortListener listener(
            PortDevice{"org.rootlayer.agent.0", "agent", directory.file(std::string(100, 'x'))});
        FAIL("a path of more than 107 bytes was taken");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Input);
        CHECK_THAT(error.hint(), Catch::Contains("TMPDIR"));
    }
}

TEST_CASE("a process is only taken for our QEMU when it names the run's directory") {
    const TempDir directory("/tmp");
    const UniqueFd never(::eventfd(0, EFD_CLOEXEC));
    PortListener listener(PortDevice{"org.rootlayer.agent.0", "agent", directory.file("agent")});
    const auto guest = connectTo(directory.file("agent"));
    const auto host = listener.accept(never.get(), Deadline::after(30s), nullptr);
    CHECK_FALSE(QemuProcess::atOtherEnd(host.get(), directory.path()));
}

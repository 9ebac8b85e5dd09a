#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hh"
#include "network/helper/confinement.hh"
#include "network/helper/own_addresses.hh"

// Of the sanitizers, if the program has them: they need files and memory that a confined process has not.
extern "C" void __asan_init() __attribute__((weak));
extern "C" void __tsan_init() __attribute__((weak));

using namespace rootlayer;

namespace {

bool cannotBeConfined() {
    if (__asan_init == nullptr && __tsan_init == nullptr) return false;
    WARN("with sanitizers a process cannot be confined");
    return true;
}

/// How a child ends that is confined and then does this: its result, or minus the signal that killed it.
int fateOf(const std::function<int()>& work, const std::vector<int>& kept = {}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int number = 1; number < 32; ++number)
            ::signal(number, SIG_DFL); // Catch2 has handlers
        try {
            network::confine(kept);
        } catch (...) {
            ::_exit(99);
        }
        ::_exit(work());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int errorOf(long result) {
    return result < 0 ? errno : 0;
}

} // namespace

TEST_CASE("a confined process can connect, and list the host's addresses") {
    if (cannotBeConfined()) return;
    CHECK(fateOf([] { return errorOf(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }) ==
          0);
    CHECK(fateOf([] { return errorOf(::socket(AF_INET6, SOCK_DGRAM, 0)); }) != -SIGSYS);
    CHECK(fateOf([] { return network::isOwnAddress(IpAddress::parse("127.0.0.1").value()) ? 7 : 8; }) == 7);
    CHECK(fateOf([] { return network::isOwnAddress(IpAddress::parse("192.0.2.77").value()) ? 7 : 8; }) == 8);
    CHECK(fateOf([] {
              sockaddr_in nowhere{};
              nowhere.sin_family = AF_INET;
              nowhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
              const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
              return errorOf(::connect(socket, reinterpret_cast<sockaddr*>(&nowhere), sizeof nowhere));
          }) == 0);
}

TEST_CASE("a confined process opens no file") {
    if (cannotBeConfined()) return;
    CHECK(fateOf([] { return errorOf(::open("/etc/passwd", O_RDONLY)); }) == EACCES);
    CHECK(fateOf([] { return errorOf(::open("/tmp", O_RDWR | O_TMPFILE, 0600)); }) == EACCES);
    CHECK(fateOf([] { return errorOf(::unlink("/tmp/rootlayer-no-such-file")); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::mkdir("/tmp/rootlayer-no-such-directory", 0700)); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::memfd_create("x", 0)); }) == -SIGSYS);
}

TEST_CASE("a confined process starts no program, no process and no thread") {
    if (cannotBeConfined()) return;
    CHECK(fateOf([] {
              char* const none[] = {nullptr};
              return errorOf(::execve("/bin/true", none, none));
          }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::fork()); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::kill(::getppid(), 0)); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::setsid()); }) == -SIGSYS);
}

TEST_CASE("a confined process makes no memory into code") {
    if (cannotBeConfined()) return;
    const auto map = [](int protection) {
        return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno
                                                                                                   : 0;
    };
    CHECK(fateOf([&] { return map(PROT_READ | PROT_WRITE); }) == 0);
    CHECK(fateOf([&] { return map(PROT_READ | PROT_EXEC); }) == -SIGSYS);
    CHECK(fateOf([] {
              void* const page =
                  ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return errorOf(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
          }) == EACCES);
}

TEST_CASE("a confined process has sockets for IP alone, and listens for nobody") {
    if (cannotBeConfined()) return;
    CHECK(fateOf([] { return errorOf(::socket(AF_UNIX, SOCK_STREAM, 0)); }) == EACCES);
    CHECK(fateOf([] { return errorOf(::socket(AF_PACKET, SOCK_RAW, 0)); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::socket(AF_VSOCK, SOCK_STREAM, 0)); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::socket(AF_NETLINK, SOCK_RAW, 9)); }) == -SIGSYS); // audit
    CHECK(fateOf([] { return errorOf(::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)); }) == -SIGSYS);
    CHECK(fateOf([] { return errorOf(::socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP)); }) != -SIGSYS);
    CHECK(fateOf([] { return errorOf(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP)); }) == 0);
    CHECK(fateOf([] { return errorOf(::listen(::socket(AF_INET, SOCK_STREAM, 0), 1)); }) == -SIGSYS);
    int ends[2];
    CHECK(fateOf([&] { return errorOf(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends)); }) == -SIGSYS);
}

TEST_CASE("of the descriptors those that were named stay open, and the standard ones") {
    if (cannotBeConfined()) return;
    const Pipe first = makePipe();
    const Pipe second = makePipe();
    const int kept = second.writer.get();
    const auto write = [](int fd) { return [fd] { return errorOf(::write(fd, "x", 1)); }; };
    CHECK(fateOf(write(kept), {kept}) == 0);
    CHECK(fateOf(write(first.writer.get()), {kept}) == EBADF);
    CHECK(fateOf(write(kept), {}) == EBADF);
    CHECK(fateOf([&] { return errorOf(::fcntl(0, F_GETFD)); }, {kept}) == 0);
    // Named twice, and in any order.
    CHECK(fateOf(write(kept), {kept, first.writer.get(), kept, first.reader.get()}) == 0);
    CHECK(fateOf(write(first.writer.get()), {kept, first.writer.get()}) == 0);
    CHECK(fateOf([&] { return errorOf(::fcntl(kept, F_DUPFD, 0)); }, {kept}) == -SIGSYS);
}

TEST_CASE("a failed check of a confined process ends it as anywhere") {
    if (cannotBeConfined()) return;
    CHECK(fateOf([]() -> int { ::abort(); }) == -SIGABRT);
}

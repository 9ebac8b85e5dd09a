#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "sandbox/tool_confinement.hh"

using namespace rootlayer;
using sandbox::Confinement;

namespace {

/// A directory to work in, and a secret beside it.
struct Place {
    Place() {
        makeDirectories(own);
        writeFile(secret, "secret");
        writeFile(own + "/input", "input");
        ::chmod(directory.path().c_str(), 0777);
        ::chmod(own.c_str(), 0777);
    }
    TempDir directory{"/tmp"};
    std::string own = directory.file("own");
    std::string secret = directory.file("secret");
};

/// What a confined child returns. The work uses system calls alone: a sanitizer's functions may need others.
int inside(const Confinement& confinement, const std::function<int()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int number = 1; number < 32; ++number)
            ::signal(number, SIG_DFL); // Catch2 has handlers
        ::_exit(confinement.enter() != 0 ? 250 : work());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int errorOf(long result) {
    return result < 0 ? errno : 0;
}

long openAt(const std::string& path, int flags) {
    return ::syscall(SYS_openat, AT_FDCWD, path.c_str(), flags, 0600);
}

bool noLandlock() {
    if (sandbox::Landlock::level() > 0) return false;
    WARN("this kernel has no Landlock");
    return true;
}

} // namespace

TEST_CASE("a confined tool can use its own directory and the system's files, and no others") {
    if (noLandlock()) return;
    const Place place;
    const auto confinement = sandbox::toolConfinement("/bin/sh", {place.own});
    CHECK(inside(confinement, [&] { return errorOf(openAt(place.own + "/input", O_RDWR)); }) == 0);
    CHECK(inside(confinement, [&] { return errorOf(openAt(place.own + "/new", O_WRONLY | O_CREAT)); }) == 0);
    CHECK(inside(confinement, [&] { return errorOf(openAt("/etc/ld.so.cache", O_RDONLY)); }) == 0);
    CHECK(inside(confinement, [&] { return errorOf(openAt(place.secret, O_RDONLY)); }) == EACCES);
    CHECK(inside(confinement, [&] { return errorOf(openAt(place.secret, O_WRONLY)); }) == EACCES);
    CHECK(inside(confinement,
                 [&] { return errorOf(openAt(place.directory.file("new"), O_WRONLY | O_CREAT)); }) == EACCES);
    CHECK(inside(confinement, [&] { return errorOf(openAt("/etc/passwd", O_RDONLY)); }) == EACCES);
    CHECK(inside(confinement, [&] { return errorOf(openAt("/proc/1/environ", O_RDONLY)); }) == EACCES);
}

TEST_CASE("a confined tool has no capability, no sockets, no other processes, and changes no attributes") {
    const Place place;
    const auto confinement = sandbox::toolConfinement("/bin/sh", {place.own});
    const auto input = place.own + "/input";
    const auto refused = [&](const std::function<long()>& call) {
        return inside(confinement, [&] { return errorOf(call()); }) != 0;
    };
    CHECK(refused([] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }));
    CHECK(refused([] { return ::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }));
    CHECK(refused([] { return ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0); }));
    CHECK(refused([] { return ::syscall(SYS_kill, ::syscall(SYS_getppid), 0); }));
    CHECK(refused([] { return ::syscall(SYS_ptrace, PTRACE_ATTACH, ::syscall(SYS_getppid), 0, 0); }));
    CHECK(refused([] { return ::syscall(SYS_process_vm_readv, ::syscall(SYS_getppid), 0, 0, 0, 0, 0); }));
    CHECK(refused([] { return ::syscall(SYS_mount, "none", "/", "tmpfs", 0, nullptr); }));
    CHECK(refused([] { return ::syscall(SYS_unshare, CLONE_NEWUSER); }));
    CHECK(refused([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }));
    CHECK(refused([] { return ::syscall(SYS_bpf, 0, nullptr, 0); }));
    CHECK(refused([&] { return ::syscall(SYS_truncate, input.c_str(), 0); }));
    CHECK(refused([&] { return ::syscall(SYS_fchmodat, AT_FDCWD, input.c_str(), 04755); }));
    CHECK(refused([&] { return ::syscall(SYS_fchownat, AT_FDCWD, input.c_str(), 1, 1, 0); }));
    CHECK(refused([&] { return ::syscall(SYS_setxattr, input.c_str(), "user.x", "x", 1, 0); }));
    CHECK(refused([&] { return ::syscall(SYS_symlinkat, "/etc", AT_FDCWD, (place.own + "/l").c_str()); }));
    CHECK(inside(confinement, [] {
              __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
              __user_cap_data_struct data[2]{};
              ::syscall(SYS_capget, &header, data);
              return data[0].effective == 0 && data[0].permitted == 0 && data[1].permitted == 0 ? 0 : 1;
          }) == 0);
    CHECK(inside(confinement, [] {
              return static_cast<int>(::syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
          }) == 1);
}

TEST_CASE("a program that root confines becomes a user without files, and keeps no group") {
    const auto user = sandbox::unprivilegedUser();
    if (!user) {
        WARN("only root can become another user");
        return;
    }
    Confinement confinement;
    confinement.user = user;
    const auto id = static_cast<long>(user->id);
    CHECK(inside(confinement, [&] {
              return ::syscall(SYS_getuid) == id && ::syscall(SYS_getgid) == id &&
                             ::syscall(SYS_getgroups, 0, nullptr) == 0
                         ? 0
                         : 1;
          }) == 0);
    CHECK(inside(confinement, [] { return errorOf(::syscall(SYS_setuid, 0)); }) == EPERM);
}

TEST_CASE("a limit is never raised") {
    Confinement confinement;
    confinement.limits = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, RLIM_INFINITY}};
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(inside(confinement, [&] {
              rlimit core{};
              rlimit files{};
              ::getrlimit(RLIMIT_CORE, &core);
              ::getrlimit(RLIMIT_NOFILE, &files);
              return core.rlim_max == 0 && files.rlim_max == before.rlim_max ? 0 : 1;
          }) == 0);
}

TEST_CASE("of the calls that libvirt does not need, those that Landlock does not restrict are refused") {
    const Place place;
    const auto filter = sandbox::startingFilter();
    const auto refused = [&](const std::function<long()>& call) {
        Confinement confinement;
        confinement.systemCalls = filter;
        return inside(confinement, [&] { return errorOf(call()); }) == EPERM;
    };
    CHECK(refused([&] { return ::syscall(SYS_truncate, place.secret.c_str(), 0); }));
    CHECK(refused([] { return ::syscall(SYS_ptrace, PTRACE_ATTACH, ::syscall(SYS_getppid), 0, 0); }));
    CHECK(refused([] { return ::syscall(SYS_bpf, 0, nullptr, 0); }));
    CHECK_FALSE(refused([] { return ::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }));
}

TEST_CASE("without the right to make namespaces root can still become another user") {
    auto user = sandbox::unprivilegedUser();
    if (!user) {
        WARN("only root can become another user");
        return;
    }
    Confinement confinement;
    confinement.user = user;
    confinement.ownNamespaces = true;
    const auto withoutAdmin = [&] {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct data[2]{};
        ::syscall(SYS_capget, &header, data);
        data[0].effective &= ~(1U << CAP_SYS_ADMIN);
        data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
        ::syscall(SYS_capset, &header, data);
        return confinement.enter();
    };
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(withoutAdmin());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

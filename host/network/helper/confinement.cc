#include "network/helper/confinement.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <memory>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "sandbox/confinement.hh"

namespace rootlayer::network {

namespace {

/// What works on descriptors that are open, on memory and on time.
constexpr std::array kAllowed{SCMP_SYS(read),
                              SCMP_SYS(readv),
                              SCMP_SYS(write),
                              SCMP_SYS(writev),
                              SCMP_SYS(recvfrom),
                              SCMP_SYS(recvmsg),
                              SCMP_SYS(sendto),
                              SCMP_SYS(sendmsg),
                              SCMP_SYS(poll),
                              SCMP_SYS(ppoll),
                              SCMP_SYS(close),
                              SCMP_SYS(connect),
                              SCMP_SYS(bind),
                              SCMP_SYS(getsockname),
                              SCMP_SYS(getpeername),
                              SCMP_SYS(getsockopt),
                              SCMP_SYS(setsockopt),
                              SCMP_SYS(shutdown),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(time),
                              SCMP_SYS(futex),
                              SCMP_SYS(sysinfo),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(brk),
                              SCMP_SYS(madvise),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group),
                              SCMP_SYS(sched_yield)};

/// Fail, rather than kill: libraries try them, and do without.
constexpr std::array kRefused{SCMP_SYS(open),       SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat),
                              SCMP_SYS(newfstatat), SCMP_SYS(stat),   SCMP_SYS(fstat),  SCMP_SYS(lseek),
                              SCMP_SYS(mprotect),   SCMP_SYS(uname),  SCMP_SYS(prctl),  SCMP_SYS(readlink)};

constexpr std::array<int, 2> kFamilies{AF_INET, AF_INET6};

void closeAllBut(std::vector<int> kept) {
    std::sort(kept.begin(), kept.end());
    unsigned from = 3;
    for (const int fd : kept) {
        const auto keep = static_cast<unsigned>(fd);
        if (keep > from) ::syscall(SYS_close_range, from, keep - 1, 0);
        from = std::max(from, keep + 1);
    }
    ::syscall(SYS_close_range, from, ~0U, 0);
}

void setLimits() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const rlimit file{65536, 65536}; // for last words
    ::setrlimit(RLIMIT_FSIZE, &file);
    const rlimit descriptors{1024, 1024};
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
    const rlimit memory{std::uint64_t{1} << 30, std::uint64_t{1} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
}

void dropPrivileges() {
    const int error = sandbox::dropPrivileges();
    if (error != 0) throw systemError(error, "cannot give up privileges");
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// No file can be reached.
void forbidFiles() {
    const int error = sandbox::Landlock(sandbox::Landlock::Scope::Network).enforce();
    if (error != 0) throw systemError(error, "cannot give up files");
}

struct ReleaseFilter {
    void operator()(void* filter) const { ::seccomp_release(filter); }
};

void check(int status) {
    if (status < 0) throw systemError(-status, "cannot forbid system calls");
}

void allowIf(void* filter, int number, const scmp_arg_cmp& condition) {
    check(::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition));
}

/// TCP and UDP.
void allowSockets(void* filter, scmp_datum_t family) {
    constexpr scmp_datum_t typeMask = 0xF; // without SOCK_CLOEXEC and SOCK_NONBLOCK
    const std::array<std::pair<int, int>, 4> kinds{
        {{SOCK_STREAM, 0}, {SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, 0}, {SOCK_DGRAM, IPPROTO_UDP}}};
    for (const auto& [type, protocol] : kinds) {
        check(::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3, SCMP_A0(SCMP_CMP_EQ, family),
                                 SCMP_A1(SCMP_CMP_MASKED_EQ, typeMask, static_cast<scmp_datum_t>(type)),
                                 SCMP_A2(SCMP_CMP_EQ, static_cast<scmp_datum_t>(protocol))));
    }
}

void forbidSystemCalls() {
    const std::unique_ptr<void, ReleaseFilter> filter(::seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter) throw systemError(ENOMEM, "cannot forbid system calls");
    for (const int number : kAllowed)
        check(::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0));
    for (const int number : kRefused)
        check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), number, 0));
    for (const int command : {F_GETFL, F_SETFL, F_GETFD, F_SETFD})
        allowIf(filter.get(), SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
    for (const unsigned long command : {FIONBIO, FIONREAD, SIOCOUTQ})
        allowIf(filter.get(), SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, command));
    // abort(3), which a failed check of the library calls.
    allowIf(filter.get(), SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid())));
    // No memory can become code.
    allowIf(filter.get(), SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    for (const int family : kFamilies)
        allowSockets(filter.get(), static_cast<scmp_datum_t>(family));
    // For the list of the host's own addresses.
    check(::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
                             SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, NETLINK_ROUTE)));
    // getaddrinfo and the like try others.
    check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, AF_UNIX)));
    check(::seccomp_load(filter.get()));
}

} // namespace

void confine(const std::vector<int>& descriptors) {
    closeAllBut(descriptors);
    setLimits();
    dropPrivileges();
    forbidFiles();
    forbidSystemCalls();
}

} // namespace rootlayer::network

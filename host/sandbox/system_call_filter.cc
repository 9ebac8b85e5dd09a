#include "sandbox/system_call_filter.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::sandbox {

namespace {

/// By name: libseccomp ignores those that the architecture does not have.
constexpr std::array kFiles{"access",
                            "chdir",
                            "close",
                            "close_range",
                            "copy_file_range",
                            "dup",
                            "dup2",
                            "dup3",
                            "faccessat",
                            "faccessat2",
                            "fadvise64",
                            "fallocate",
                            "fchdir",
                            "fcntl",
                            "fdatasync",
                            "flock",
                            "fstat",
                            "fstatfs",
                            "fsync",
                            "ftruncate",
                            "getcwd",
                            "getdents",
                            "getdents64",
                            "lseek",
                            "lstat",
                            "newfstatat",
                            "pipe",
                            "pipe2",
                            "pread64",
                            "preadv",
                            "preadv2",
                            "pwrite64",
                            "pwritev",
                            "pwritev2",
                            "read",
                            "readahead",
                            "readlink",
                            "readlinkat",
                            "readv",
                            "stat",
                            "statfs",
                            "statx",
                            "sync_file_range",
                            "umask",
                            "unlink",
                            "unlinkat",
                            "write",
                            "writev"};

constexpr std::array kMemory{"brk",        "get_mempolicy", "madvise",  "mbind",
                             "membarrier", "memfd_create",  "mincore",  "mlock",
                             "mlock2",     "mmap",          "mprotect", "mremap",
                             "msync",      "munlock",       "munmap",   "set_mempolicy"};

constexpr std::array kThreadsAndTime{"clock_getres",
                                     "clock_gettime",
                                     "clock_nanosleep",
                                     "epoll_create1",
                                     "epoll_ctl",
                                     "epoll_pwait",
                                     "epoll_wait",
                                     "eventfd2",
                                     "exit",
                                     "exit_group",
                                     "futex",
                                     "futex_waitv",
                                     "getcpu",
                                     "getrusage",
                                     "gettimeofday",
                                     "nanosleep",
                                     "poll",
                                     "ppoll",
                                     "pselect6",
                                     "restart_syscall",
                                     "rseq",
                                     "rt_sigaction",
                                     "rt_sigpending",
                                     "rt_sigprocmask",
                                     "rt_sigreturn",
                                     "rt_sigsuspend",
                                     "rt_sigtimedwait",
                                     "sched_get_priority_max",
                                     "sched_get_priority_min",
                                     "sched_getaffinity",
                                     "sched_getparam",
                                     "sched_getscheduler",
                                     "sched_yield",
                                     "select",
                                     "set_robust_list",
                                     "set_tid_address",
                                     "sigaltstack",
                                     "signalfd4",
                                     "tgkill",
                                     "time",
                                     "timer_create",
                                     "timer_delete",
                                     "timer_getoverrun",
                                     "timer_gettime",
                                     "timer_settime",
                                     "timerfd_create",
                                     "timerfd_gettime",
                                     "timerfd_settime",
                                     "times"};

/// Of the process itself; execve is for the program, and arch_prctl and prctl for its start.
/// PR_SET_NO_NEW_PRIVS and further filters can only take away.
constexpr std::array kOwn{"arch_prctl", "capget",    "execve",    "getegid", "geteuid",     "getgid",
                          "getgroups",  "getpgrp",   "getpid",    "getppid", "getpriority", "getrandom",
                          "getresgid",  "getresuid", "getrlimit", "getsid",  "gettid",      "getuid",
                          "prctl",      "seccomp",   "setrlimit", "sysinfo", "uname"};

/// On sockets that were inherited. socketpair has no address.
constexpr std::array kSockets{"accept4",    "getpeername", "getsockname", "getsockopt", "recvfrom",
                              "recvmmsg",   "recvmsg",     "sendmmsg",    "sendmsg",    "sendto",
                              "setsockopt", "shutdown",    "socketpair"};

/// Other processes, the kernel, and attributes of files.
constexpr std::array kNeedless{"acct",
                               "add_key",
                               "bpf",
                               "chroot",
                               "delete_module",
                               "finit_module",
                               "fsconfig",
                               "fsmount",
                               "fsopen",
                               "fspick",
                               "init_module",
                               "io_uring_enter",
                               "io_uring_register",
                               "io_uring_setup",
                               "kcmp",
                               "kexec_file_load",
                               "kexec_load",
                               "keyctl",
                               "lookup_dcookie",
                               "mount",
                               "mount_setattr",
                               "move_mount",
                               "name_to_handle_at",
                               "nfsservctl",
                               "open_by_handle_at",
                               "open_tree",
                               "perf_event_open",
                               "pivot_root",
                               "process_madvise",
                               "process_vm_readv",
                               "process_vm_writev",
                               "ptrace",
                               "quotactl",
                               "quotactl_fd",
                               "reboot",
                               "removexattr",
                               "request_key",
                               "setdomainname",
                               "sethostname",
                               "settimeofday",
                               "setxattr",
                               "lsetxattr",
                               "fsetxattr",
                               "lremovexattr",
                               "fremovexattr",
                               "swapoff",
                               "swapon",
                               "syslog",
                               "truncate",
                               "umount2",
                               "unshare",
                               "uselib",
                               "userfaultfd",
                               "vhangup"};

struct Release {
    void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

Filter start(std::uint32_t otherwise) {
    Filter filter(::seccomp_init(otherwise));
    if (!filter) throw systemError(ENOMEM, "cannot restrict system calls");
    // A balanced tree, rather than a comparison for each call.
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return filter;
}

void check(int status) {
    if (status < 0) throw systemError(-status, "cannot restrict system calls");
}

void add(const Filter& filter, std::uint32_t action, const char* name,
         const std::optional<scmp_arg_cmp>& condition = {}) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return; // libseccomp is older than the call
    const int status = condition ? ::seccomp_rule_add_array(filter.get(), action, number, 1, &*condition)
                                 : ::seccomp_rule_add_array(filter.get(), action, number, 0, nullptr);
    // EDOM: not on this architecture.
    if (status != -EDOM) check(status);
}

template <typename Names>
void addAll(const Filter& filter, std::uint32_t action, const Names& names) {
    for (const char* name : names)
        add(filter, action, name);
}

scmp_arg_cmp masked(unsigned argument, unsigned long mask, unsigned long value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

/// False if the kernel cannot ask.
bool addOpen(const Filter& filter, OpenForWriting writing) {
    constexpr unsigned long kBits = O_ACCMODE | O_CLOEXEC | O_CREAT;
    if (writing == OpenForWriting::Allow) {
        add(filter, SCMP_ACT_ALLOW, "open");
        add(filter, SCMP_ACT_ALLOW, "openat");
        return true;
    }
    // QEMU opens the file of its memory so, and nothing else: all that it opens otherwise is O_CLOEXEC.
    for (unsigned long flags = 0; flags <= kBits; ++flags) {
        if ((flags & ~kBits) != 0) continue;
        const auto condition = masked(2, kBits, flags);
        const auto action = flags == O_RDWR ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW;
        const int status = ::seccomp_rule_add_array(filter.get(), action, SCMP_SYS(openat), 1, &condition);
        if (status == -EOPNOTSUPP) return false;
        check(status);
    }
    return true;
}

SystemCallFilter exported(const Filter& filter) {
    const UniqueFd file(::memfd_create("rootlayer-filter", MFD_CLOEXEC));
    if (!file) throw systemError("cannot create a file for a filter");
    check(::seccomp_export_bpf(filter.get(), file.get()));
    const auto size = ::lseek(file.get(), 0, SEEK_END);
    if (size < 0) throw systemError("cannot find out the size of a filter");
    SystemCallFilter program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
        throw systemError("cannot read a filter");
    return program;
}

} // namespace

SystemCallFilter workingFilter(OpenForWriting writing) {
    const auto filter = start(SCMP_ACT_ERRNO(ENOSYS));
    addAll(filter, SCMP_ACT_ALLOW, kFiles);
    addAll(filter, SCMP_ACT_ALLOW, kMemory);
    addAll(filter, SCMP_ACT_ALLOW, kThreadsAndTime);
    addAll(filter, SCMP_ACT_ALLOW, kOwn);
    addAll(filter, SCMP_ACT_ALLOW, kSockets);
    // Threads. The flags of clone3 are in memory, where a filter cannot look: libraries fall back to clone.
    add(filter, SCMP_ACT_ALLOW, "clone", masked(0, CLONE_THREAD, CLONE_THREAD));
    add(filter, SCMP_ACT_ALLOW, "prlimit64", scmp_arg_cmp{0, SCMP_CMP_EQ, 0, 0}); // its own limits
    // Every device, but no input for a terminal.
    add(filter, SCMP_ACT_ALLOW, "ioctl", scmp_arg_cmp{1, SCMP_CMP_NE, TIOCSTI, 0});
    if (!addOpen(filter, writing)) return {};
    return exported(filter);
}

SystemCallFilter startingFilter() {
    const auto filter = start(SCMP_ACT_ALLOW);
    addAll(filter, SCMP_ACT_ERRNO(EPERM), kNeedless);
    return exported(filter);
}

} // namespace rootlayer::sandbox

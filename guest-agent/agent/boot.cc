#include "guest-agent/agent/boot.hh"

#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "guest-agent/base/mounting.hh"
#include "guest-agent/base/setting.hh"

namespace rootlayer::guest {

namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NOEXEC;

/// pivot_root(2) cannot leave the initramfs itself, but it can leave a second mount of it.
void leaveInitramfs() {
    makeDirectory("/b");
    mountAt("/", "/b", nullptr, MS_BIND);
    if (::chdir("/b") != 0) throw systemError("cannot enter the second root");
    mountAt(".", "/", nullptr, MS_MOVE);
    if (::chroot(".") != 0 || ::chdir("/") != 0) throw systemError("cannot change into the second root");
}

void protectFromOom() {
    writeSetting("/proc/self/oom_score_adj", "-1000");
}

/// Turns address randomization off, for two reasons: programs that print addresses print the same ones in
/// every run, and QEMU without KVM translates code again for each new address.
void layOutMemoryAlike() {
    writeSetting("/proc/sys/kernel/randomize_va_space", "0");
}

void setLimits() {
    // Packing keeps two directories open per level of depth.
    const rlimit files{16384, 524288};
    ::setrlimit(RLIMIT_NOFILE, &files);
    // By default Linux derives these two from the memory size, so a script would see it.
    const rlimit processes{32768, 32768};
    ::setrlimit(RLIMIT_NPROC, &processes);
    ::setrlimit(RLIMIT_SIGPENDING, &processes);
}

} // namespace

void prepareMachine() {
    leaveInitramfs();
    for (const char* directory : {"/proc", "/sys", "/dev"})
        makeDirectory(directory);
    mountAt("proc", "/proc", "proc", kPlain | MS_NODEV);
    mountAt("sysfs", "/sys", "sysfs", kPlain | MS_NODEV);
    mountAt("dev", "/dev", "devtmpfs", kPlain);
    protectFromOom();
    layOutMemoryAlike();
    setLimits();
    ::umask(022);
    ::signal(SIGPIPE, SIG_IGN);
}

} // namespace rootlayer::guest

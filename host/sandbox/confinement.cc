#include "sandbox/confinement.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/descriptor_message.hh"
#include "base/file.hh"

namespace rootlayer::sandbox {

namespace {

// The users that systemd assigns to services for the time they run (61184 to 65519): no file belongs to them.
constexpr uid_t kFirstUser = 61184;
constexpr uid_t kUsers = 4096;
constexpr std::uint64_t kMaxMap = 65536;

/// Whether the id exists in our user namespace (user_namespaces(7)).
bool isMapped(const char* map, std::uint64_t id) {
    try {
        const auto text = readFile(map, "map of user IDs", kMaxMap);
        for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size() - 1) + 1) {
            char* rest = nullptr;
            const auto first = std::strtoull(text.c_str() + at, &rest, 10);
            std::strtoull(rest, &rest, 10);
            const auto count = std::strtoull(rest, &rest, 10);
            if (id >= first && id - first < count) return true;
        }
    } catch (const std::exception&) {
        // No /proc.
    }
    return false;
}

bool hasCapability(int number) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
    const auto index = static_cast<std::size_t>(number) / 32;
    return (data.at(index).effective >> (static_cast<unsigned>(number) % 32) & 1) != 0;
}

int result(long status) noexcept {
    return status < 0 ? errno : 0;
}

constexpr int kOwnNamespaces = CLONE_NEWNET | CLONE_NEWIPC;

int become(const UnprivilegedUser& user) noexcept {
    const auto groups = user.further != 0 ? 1 : 0;
    // The system calls themselves: glibc's functions would signal threads that a forked child does not have.
    if (::syscall(SYS_setgroups, groups, &user.further) != 0) return errno;
    if (::syscall(SYS_setresgid, user.id, user.id, user.id) != 0) return errno;
    return result(::syscall(SYS_setresuid, user.id, user.id, user.id));
}

void limit(int resource, rlim_t most) noexcept {
    rlimit now{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
    now.rlim_max = std::min(now.rlim_max, most);
    now.rlim_cur = std::min(now.rlim_cur, now.rlim_max);
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

int filter(const SystemCallFilter& calls, int listenerSocket) noexcept {
    if (calls.empty()) return 0;
    const sock_fprog program{static_cast<unsigned short>(calls.size()),
                             const_cast<sock_filter*>(calls.data())};
    const bool listens = listenerSocket >= 0;
    const long status = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                  listens ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &program);
    if (status < 0) return errno;
    if (!listens) return 0;
    const int error = sendWithDescriptor(listenerSocket, "l", static_cast<int>(status)) ? 0 : errno;
    ::close(static_cast<int>(status));
    return error;
}

} // namespace

std::optional<UnprivilegedUser> unprivilegedUser() {
    if (::geteuid() != 0 || !hasCapability(CAP_SETUID) || !hasCapability(CAP_SETGID)) return std::nullopt;
    // Root could not end the program otherwise.
    if (!hasCapability(CAP_KILL)) return std::nullopt;
    const UnprivilegedUser user{kFirstUser + static_cast<uid_t>(::getpid()) % kUsers, 0};
    if (!isMapped("/proc/self/uid_map", user.id) || !isMapped("/proc/self/gid_map", user.id))
        return std::nullopt;
    return user;
}

void limitCapabilities(int kept) noexcept {
    // PR_CAPBSET_READ fails for the first number that is no capability.
    for (int number = 0; ::prctl(PR_CAPBSET_READ, number) >= 0; ++number) {
        if (number != kept) ::prctl(PR_CAPBSET_DROP, number);
    }
}

int restrictThread(const Landlock& files, const SystemCallFilter& systemCalls) noexcept {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    const int error = files.enforce();
    return error != 0 ? error : filter(systemCalls, -1);
}

int dropPrivileges() noexcept {
    limitCapabilities();
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0) return errno;
    return result(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int Confinement::enter() const noexcept {
    // Best effort: a host may forbid it, and the filter forbids sockets.
    const bool apart = ownNamespaces && ::syscall(SYS_unshare, kOwnNamespaces) == 0;
    for (const auto& [resource, most] : limits)
        limit(resource, most);
    limitCapabilities(); // another user could not
    if (user) {
        if (const int error = become(*user)) return error;
    }
    // Last, because no other user can be taken in a new user namespace.
    if (ownNamespaces && !apart) ::syscall(SYS_unshare, CLONE_NEWUSER | kOwnNamespaces);
    if (const int error = dropPrivileges()) return error;
    if (files) {
        if (const int error = files->enforce()) return error;
    }
    return filter(systemCalls, listenerSocket);
}

} // namespace rootlayer::sandbox

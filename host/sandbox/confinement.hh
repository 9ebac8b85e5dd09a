#pragma once

#include <memory>
#include <optional>
#include <sys/resource.h>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "sandbox/landlock.hh"
#include "sandbox/system_call_filter.hh"

namespace rootlayer::sandbox {

/// A user without files.
struct UnprivilegedUser {
    uid_t id = 0;      ///< of the user and of its group
    gid_t further = 0; ///< a group besides, such as that of /dev/kvm; 0: none
};

/// What a program gives up before it starts. It is prepared before fork(2), because afterwards no memory can
/// be allocated. Whatever is set here, enter() gives up all capabilities and new privileges.
struct Confinement {
    std::shared_ptr<const Landlock> files;      ///< none: not restricted
    SystemCallFilter systemCalls;               ///< empty: not restricted
    std::optional<UnprivilegedUser> user;       ///< only root can become another user
    std::vector<std::pair<int, rlim_t>> limits; ///< RLIMIT_..., not raised above the caller's
    bool ownNamespaces = false;                 ///< of network and IPC, if the host allows it
    /// A connected socket that gets the filter's listener as a descriptor; -1: the filter has none.
    int listenerSocket = -1;

    /// Confines the calling thread, and what it starts, for good. Returns 0 or an errno. Async-signal-safe.
    int enter() const noexcept;
};

/// The user for a program of this run, if we are root and may become another user.
std::optional<UnprivilegedUser> unprivilegedUser();

/// Drops all capabilities, except `kept`, from the bounding set of the calling thread, if it
/// may (CAP_SETPCAP): programs that it starts get no others. Async-signal-safe.
void limitCapabilities(int kept = -1) noexcept;

/// Gives up new privileges for the calling thread, and enforces the rules and the filter. Its capabilities
/// stay as they are. Returns 0 or an errno. Async-signal-safe.
int restrictThread(const Landlock& files, const SystemCallFilter& systemCalls) noexcept;

/// Gives up all capabilities and new privileges for the calling thread. Returns 0 or an errno.
/// Async-signal-safe.
int dropPrivileges() noexcept;

} // namespace rootlayer::sandbox

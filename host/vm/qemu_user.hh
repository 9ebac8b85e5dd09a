#pragma once

#include <string>

namespace rootlayer::vm {

/// As root, libvirt's embedded driver refuses to open unless the system has the user "libvirt-qemu", which
/// comes with the package of libvirt's daemon; and then does not use it, for our configuration names another.
/// Where it is missing, the calling thread, and those that it starts, are shown /etc/passwd and /etc/group
/// with that name added, in a mount namespace of their own: the host is not changed. `directory`: ours, for
/// the two files. Does nothing for other users. Throws Error{Machine} where a thread cannot have a namespace.
void provideQemuUser(const std::string& directory);

/// As root: takes from what the calling thread starts later all capabilities but the one to read files (the
/// cache may lie in another user's directory). libvirt means to do so, and does not when QEMU runs as root
/// itself. Not to be undone.
void limitCapabilities() noexcept;

} // namespace rootlayer::vm

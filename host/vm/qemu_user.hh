#pragma once

#include <string>

namespace rootlayer::vm {

/// If the process is root, provides the user "libvirt-qemu" to the calling thread and the threads that it
/// starts. libvirt's embedded driver does not open without that user, which comes with the package of
/// libvirt's daemon, although our configuration runs QEMU as another user. If it is missing, the thread gets
/// its own mount namespace with amended copies of /etc/passwd and /etc/group; the host is not changed.
/// `directory` is our own and receives the copies. Throws Error{Machine} if the namespace cannot be created.
void provideQemuUser(const std::string& directory);

} // namespace rootlayer::vm

#include "guest-agent/script/script_namespaces.hh"

#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

constexpr const char* kIpc = "/proc/self/ns/ipc";
constexpr const char* kNetwork = "/proc/self/ns/net";

UniqueFd openNamespace(const char* path) {
    UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
    if (!fd) throw systemError("cannot open a namespace");
    return fd;
}

void enterBoth(const UniqueFd& ipc, const UniqueFd& network) {
    if (::setns(ipc.get(), CLONE_NEWIPC) != 0 || ::setns(network.get(), CLONE_NEWNET) != 0) {
        throw systemError("cannot enter the script's namespaces");
    }
}

/// Many programs use 127.0.0.1. Errors are ignored: without it the script still runs.
void bringLoopbackUp() {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    ::ioctl(socket.get(), SIOCSIFFLAGS, &request);
}

} // namespace

ScriptNamespaces ScriptNamespaces::make() {
    const auto ownIpc = openNamespace(kIpc);
    const auto ownNetwork = openNamespace(kNetwork);
    if (::unshare(CLONE_NEWIPC | CLONE_NEWNET) != 0) {
        throw systemError("cannot make namespaces for the script");
    }
    bringLoopbackUp();
    ScriptNamespaces made;
    made.m_ipc = openNamespace(kIpc);
    made.m_network = openNamespace(kNetwork);
    made.m_watch = NetworkWatch::ofThisNamespace();
    enterBoth(ownIpc, ownNetwork);
    return made;
}

void ScriptNamespaces::enter() const {
    enterBoth(m_ipc, m_network);
}

} // namespace rootlayer::guest

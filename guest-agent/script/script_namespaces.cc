#include "guest-agent/script/script_namespaces.hh"

#include <fcntl.h>
#include <sched.h>

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

} // namespace

ScriptNamespaces ScriptNamespaces::make() {
    const auto ownIpc = openNamespace(kIpc);
    const auto ownNetwork = openNamespace(kNetwork);
    if (::unshare(CLONE_NEWIPC | CLONE_NEWNET) != 0) {
        throw systemError("cannot make namespaces for the script");
    }
    ScriptNamespaces made;
    made.m_network = std::make_unique<ScriptNetwork>();
    made.m_ipc = openNamespace(kIpc);
    made.m_networkNamespace = openNamespace(kNetwork);
    made.m_watch = NetworkWatch::ofThisNamespace();
    enterBoth(ownIpc, ownNetwork);
    return made;
}

void ScriptNamespaces::enter() const {
    enterBoth(m_ipc, m_networkNamespace);
}

} // namespace rootlayer::guest

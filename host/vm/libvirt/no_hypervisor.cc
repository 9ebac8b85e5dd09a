#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "vm/libvirt/hypervisor.hh"

// What the rest of this directory is replaced with in a build without libvirt.

namespace rootlayer::vm {

bool Hypervisor::available() {
    return false;
}

void Hypervisor::check() const {
    if (m_settings.connectUri.empty()) return;
    throw Error(ErrorCode::Usage,
                fmt::format("this build of rootlayer has no libvirt and cannot connect to {}",
                            quote(m_settings.connectUri)),
                "omit --connect (ROOTLAYER_CONNECT), or use a build with libvirt");
}

std::unique_ptr<Machine> Hypervisor::start(const MachineSpec&, Deadline, const CancelToken*,
                                           const Warnings&) const {
    check();
    throw Error(ErrorCode::Machine, "this build of rootlayer has no libvirt to start a machine with",
                "use a build with libvirt");
}

} // namespace rootlayer::vm

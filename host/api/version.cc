#include <rootlayer/version.hh>

#include "vm/libvirt/hypervisor.hh"

namespace rootlayer {

const char* version() {
    return ROOTLAYER_VERSION;
}

bool hasLibvirt() {
    return vm::Hypervisor::available();
}

} // namespace rootlayer

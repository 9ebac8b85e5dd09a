#include "vm/libvirt/hypervisor.hh"

#include "vm/libvirt/libvirt_machine.hh"

namespace rootlayer::vm {

bool Hypervisor::available() {
    return true;
}

void Hypervisor::check() const {}

std::unique_ptr<Machine> Hypervisor::start(const MachineSpec& spec, Deadline deadline,
                                           const CancelToken* cancel, const Warnings& warnings) const {
    auto connection = LibvirtConnection::get(
        m_settings.connectUri == kEmbeddedDriver ? "" : m_settings.connectUri, m_settings.runtimeDirectory,
        m_settings.capabilityCache ? m_settings.capabilityCache->path() : "", deadline, cancel);
    const auto warning = connection->takeWarning();
    if (!warning.empty() && warnings) warnings(warning);
    return LibvirtMachine::start(std::move(connection), spec, deadline, cancel);
}

} // namespace rootlayer::vm

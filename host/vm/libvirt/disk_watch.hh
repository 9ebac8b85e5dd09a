#pragma once

#include <memory>
#include <optional>
#include <string>

#include "vm/libvirt/libvirt_handles.hh"
#include "vm/machine.hh"

namespace rootlayer::vm {

/// Reports when the host's disk fails a domain's scratch disk.
class DiskWatch final {
  public:
    /// `scratch`: the file as in the domain's XML. Throws Error{Machine}.
    DiskWatch(virConnectPtr connection, virDomainPtr domain, std::string scratch);
    ~DiskWatch();
    DiskWatch(const DiskWatch&) = delete;
    DiskWatch& operator=(const DiskWatch&) = delete;

    /// Becomes readable (POLLIN) when there is a fault. Only poll it; do not read it.
    int fd() const;
    /// The first fault.
    std::optional<DiskFault> fault() const;

  private:
    struct State;
    std::shared_ptr<State> m_state;
    virConnectPtr m_connection;
    int m_callback = -1;
};

} // namespace rootlayer::vm
